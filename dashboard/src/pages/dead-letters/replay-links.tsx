import { withQuery } from '../../api/client.ts';
import { page } from '../../api/paths.ts';
import type { Replay } from '../../api/types.ts';
import { DestinationLink } from '../../ui/names.tsx';

export function ReplayTarget({ replay: { selection } }: { readonly replay: Replay }) {
  return selection.destination_id ? <DestinationLink id={selection.destination_id} /> : 'all destinations';
}

/** Where it is seen what becomes of them: what is queued is sent after that, and may fail again. */
export function ReplayedDeliveries({ replay: { selection } }: { readonly replay: Replay }) {
  return <a href={withQuery(page.deliveries, { destination: selection.destination_id ?? undefined })}>deliveries</a>;
}
