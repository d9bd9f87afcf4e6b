import { pagesOf } from '../../api/pages.ts';
import type { Connection } from '../../api/types.ts';

/** The connection between two ends; there is at most one. The API's refusal of a second one does not name it. */
export async function findConnection(sourceId: string, destinationId: string): Promise<Connection | undefined> {
  for await (const page of pagesOf<'connections', Connection>('connections', { destination_id: destinationId })) {
    const found = page.find(({ source_id }) => source_id === sourceId);
    if (found) return found;
  }
  return undefined;
}
