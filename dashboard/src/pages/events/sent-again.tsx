import { page } from '../../api/paths.ts';
import type { Delivery } from '../../api/types.ts';
import { nameOf, useDestinations } from '../../ui/names.tsx';

/** As many as fit into a sentence. The table below has all. */
const MAX_LINKS = 5;

/** The outcome of sending an event again. It stays, because the user may look elsewhere in the meantime. */
export function SentAgain({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const destinations = useDestinations();
  if (deliveries.length === 0) {
    return (
      <p class="note">
        Nothing was sent: no connection of its source takes this event now, or it is on its way there already.
      </p>
    );
  }
  const linked = deliveries.slice(0, MAX_LINKS);
  const others = deliveries.length - linked.length;
  return (
    <p class="note">
      Sent again:{' '}
      {linked.map(({ id, destination_id }, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <a href={page.delivery(id)}>the delivery to {nameOf(destination_id, destinations)}</a>
        </span>
      ))}
      {others > 0 && ` and ${others} more, listed below`}.
    </p>
  );
}
