import { page } from '../../api/paths.ts';
import type { Connection, Destination, OverviewResponse, Source } from '../../api/types.ts';
import { ConnectionDiagram } from './diagram.tsx';
import { unconnected } from './diagram-layout.ts';
import { Unconnected } from './unconnected.tsx';

interface MatchingSummaryProps {
  readonly connections: readonly Connection[];
  /** Whether there are more connections than these. */
  readonly hasMore: boolean;
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
  readonly openCircuits: OverviewResponse['open_circuits'];
}

/** The diagram, and what it leaves out. */
export function MatchingSummary({ connections, hasMore, sources, destinations, openCircuits }: MatchingSummaryProps) {
  const states = new Map(openCircuits.map(({ destination_id, state }) => [destination_id as string, state]));
  const sourceIds = connections.map(({ source_id }) => source_id);
  const destinationIds = connections.map(({ destination_id }) => destination_id);
  return (
    <>
      <ConnectionDiagram
        connections={connections}
        sources={sources}
        destinations={destinations}
        openCircuits={states}
      />
      {connections.some(({ filter }) => filter) && <p class="hint">A dashed line has a filter.</p>}
      {hasMore ? (
        <p class="hint">The diagram shows the newest {connections.length} connections; the table shows more.</p>
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
