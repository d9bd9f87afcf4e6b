import { page } from '../../api/paths.ts';
import type { Connection, Destination, OverviewResponse, Source } from '../../api/types.ts';
import { Picture } from './diagram.tsx';
import { unconnected } from './diagram-layout.ts';
import { Unconnected } from './unconnected.tsx';

interface WhoGetsWhatProps {
  readonly connections: readonly Connection[];
  /** Whether there are more connections than these. */
  readonly hasMore: boolean;
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
  readonly openCircuits: OverviewResponse['open_circuits'];
}

/** The picture, and what it leaves out. */
export function WhoGetsWhat({ connections, hasMore, sources, destinations, openCircuits }: WhoGetsWhatProps) {
  const states = new Map(openCircuits.map(({ destination_id, state }) => [destination_id as string, state]));
  const sourceIds = connections.map(({ source_id }) => source_id);
  const destinationIds = connections.map(({ destination_id }) => destination_id);
  return (
    <>
      <Picture connections={connections} sources={sources} destinations={destinations} openCircuits={states} />
      {connections.some(({ filter }) => filter) && <p class="hint">A dashed line has a filter.</p>}
      {hasMore ? (
        <p class="hint">The picture has the newest {connections.length} connections; the table shows more.</p>
      ) : (
        <>
          <Unconnected what="source" things={unconnected(sources, sourceIds)} hrefOf={page.source} all={page.sources} />
          <Unconnected
            what="destination"
            things={unconnected(destinations, destinationIds)}
            hrefOf={page.destination}
            all={page.destinations}
          />
        </>
      )}
    </>
  );
}
