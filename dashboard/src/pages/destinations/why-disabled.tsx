import { page } from '../../api/paths.ts';
import type { Destination } from '../../api/types.ts';
import { IdLink } from '../../ui/id-link.tsx';
import { Time } from '../../ui/time.tsx';

/** A sentence about a disabled destination, without its full stop. */
export function WhyDisabled({ destination }: { readonly destination: Destination }) {
  const { disabled_reason, disabled_at, disabled_delivery_id } = destination;
  switch (disabled_reason) {
    case 'answered_410':
      return (
        <>
          its receiver has answered 410
          {disabled_delivery_id !== null && (
            <>
              {' '}
              to <IdLink href={page.delivery(disabled_delivery_id)} id={disabled_delivery_id} />
            </>
          )}
          , which means that it wants nothing any more (<Time at={disabled_at} />)
        </>
      );
    case 'by_request':
      return (
        <>
          somebody has asked for it (<Time at={disabled_at} />)
        </>
      );
    default:
      return <>why is not known, because it was not recorded then</>;
  }
}
