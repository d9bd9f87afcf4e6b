import type { Connection, Destination, Source } from '../../api/types.ts';

/** What the diagram shows, and where. Only things with a connection, so that they can be found among many. */
export interface DiagramLayout {
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
  /** Each line as the positions of its source and destination. */
  readonly lines: readonly { readonly connection: Connection; readonly from: number; readonly to: number }[];
}

/** Places destinations near the sources that lead to them. Otherwise the lines of a hundred would be a tangle. */
export function layOutDiagram(
  connections: readonly Connection[],
  sources: readonly Source[],
  destinations: readonly Destination[],
): DiagramLayout {
  const leading = new Set(connections.map(({ source_id }) => source_id));
  const drawnSources = sources.filter(({ id }) => leading.has(id));
  const rowOfSource = rows(drawnSources);
  const from = Map.groupBy(connections, ({ destination_id }) => destination_id);
  const meanRow = ({ id }: Destination) => {
    const found = (from.get(id) ?? []).flatMap(({ source_id }) => rowOfSource.get(source_id) ?? []);
    // Below all others if none of its sources is known.
    if (found.length === 0) return drawnSources.length;
    return found.reduce((sum, row) => sum + row, 0) / found.length;
  };
  const drawnDestinations = destinations
    .filter(({ id }) => from.has(id))
    .toSorted((one, other) => meanRow(one) - meanRow(other));
  const rowOfDestination = rows(drawnDestinations);
  const lines = connections.flatMap((connection) => {
    const [begin, end] = [rowOfSource.get(connection.source_id), rowOfDestination.get(connection.destination_id)];
    return begin === undefined || end === undefined ? [] : [{ connection, from: begin, to: end }];
  });
  return { sources: drawnSources, destinations: drawnDestinations, lines };
}

function rows(things: readonly { readonly id: string }[]): ReadonlyMap<string, number> {
  return new Map(things.map(({ id }, row) => [id, row]));
}

/** Those without a connection. Archived ones are not expected to have any. */
export function unconnected<Thing extends { readonly id: string; readonly archived_at?: string | null }>(
  things: readonly Thing[],
  connectedIds: readonly string[],
): readonly Thing[] {
  const connected = new Set(connectedIds);
  return things.filter(({ id, archived_at }) => !connected.has(id) && (archived_at ?? null) === null);
}
