import { withQuery } from '../../api/client.ts';
import { page } from '../../api/paths.ts';
import type { Replay } from '../../api/types.ts';
import { DestinationLink } from '../../ui/names.tsx';

export function ReplayTarget({ replay: { selection } }: { readonly replay: Replay }) {
  return selection.destination_id ? <DestinationLink id={selection.destination_id} /> : 'all destinations';
}

/** A link to where their outcome can be seen: queued ones are sent later, and may fail again. */
export function ReplayedDeliveries({ replay: { selection } }: { readonly replay: Replay }) {
  return <a href={withQuery(page.deliveries, { destination: selection.destination_id ?? undefined })}>deliveries</a>;
}
