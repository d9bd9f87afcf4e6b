import * as z from 'zod';
import type { Api, Query } from './api.ts';

const MAX_PAGE = 100;

export interface Listed {
  readonly items: readonly unknown[];
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

/** The first `limit` entries of a list, in as many requests as needed. A page may be empty without being the last. */
export async function list(api: Api, path: string, plural: string, query: Query, limit: number): Promise<Listed> {
  const page = z.looseObject({
    [plural]: z.array(z.unknown()),
    cursor: z.string().nullable(),
    has_more: z.boolean(),
  });
  const items: unknown[] = [];
  let cursor = query.cursor ?? null;
  for (;;) {
    const wanted = Math.min(limit - items.length, MAX_PAGE);
    const response = page.parse(await api.get(path, { ...query, limit: String(wanted), cursor: cursor ?? undefined }));
    items.push(...(response[plural] as unknown[]));
    cursor = response.cursor as string | null;
    if (cursor === null || items.length >= limit) return { items, cursor, hasMore: cursor !== null };
  }
}
