import { api, withQuery } from '../../api/client.ts';
import type { Connection, Page } from '../../api/types.ts';

/** The connection between two ends, of which there is at most one. The API's refusal of a second one has no field for it. */
export async function connectionBetween(sourceId: string, destinationId: string): Promise<Connection | undefined> {
  let cursor: string | null | undefined;
  do {
    const answer: Page<'connections', Connection> = await api.get(
      withQuery('/v1/connections', { destination_id: destinationId, limit: 100, cursor: cursor ?? undefined }),
    );
    const found = answer.connections.find(({ source_id }) => source_id === sourceId);
    if (found) return found;
    cursor = answer.cursor;
  } while (cursor);
  return undefined;
}
