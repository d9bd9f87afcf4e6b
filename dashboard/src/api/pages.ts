import { api, withQuery } from './client.ts';
import type { Page } from './types.ts';

/**
 * A list of the API from its beginning, a hundred at a time. The next page is requested only when the one before is not enough.
 */
export async function* pagesOf<List extends string, Item>(
  list: List,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<readonly Item[]> {
  let cursor: string | null | undefined;
  do {
    const answer: Page<List, Item> = await api.get(
      withQuery(`/v1/${list}`, { ...query, limit: 100, cursor: cursor ?? undefined }),
    );
    yield answer[list];
    cursor = answer.cursor;
  } while (cursor);
}
