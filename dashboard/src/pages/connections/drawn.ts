import type { Connection, Destination, Source } from '../../api/types.ts';

/** What is in the picture, and where: only what has a connection, so that one of many is found. */
export interface Drawn {
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
  /** From which source to which destination, by their places among those. */
  readonly lines: readonly { readonly connection: Connection; readonly from: number; readonly to: number }[];
}

/** Destinations stand near the sources that lead to them: else the lines of a hundred are a tangle. */
export function drawn(
  connections: readonly Connection[],
  sources: readonly Source[],
  destinations: readonly Destination[],
): Drawn {
  const leading = new Set(connections.map(({ source_id }) => source_id));
  const drawnSources = sources.filter(({ id }) => leading.has(id));
  const rowOfSource = rows(drawnSources);
  const from = Map.groupBy(connections, ({ destination_id }) => destination_id);
  const meanRow = ({ id }: Destination) => {
    const found = (from.get(id) ?? []).flatMap(({ source_id }) => rowOfSource.get(source_id) ?? []);
    // Below all others, where none of its sources is known.
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

/** Those that nothing leads from or to. What is in the archive is not meant to have a connection. */
export function unconnected<Thing extends { readonly id: string; readonly archived_at?: string | null }>(
  things: readonly Thing[],
  connectedIds: readonly string[],
): readonly Thing[] {
  const connected = new Set(connectedIds);
  return things.filter(({ id, archived_at }) => !connected.has(id) && (archived_at ?? null) === null);
}
