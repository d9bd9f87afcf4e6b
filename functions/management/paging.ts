import * as z from 'zod';
import { timeField } from '../../core/fields.ts';
import type { Page, PageRequest } from '../stores/config/config-table.ts';
import type { Cursors } from './cursors.ts';
import type { Principal } from './principal.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

const limitMessage = `must be a whole number from 1 to ${MAX_LIMIT}`;

/** The query parameters of every list; spread into the route's own. */
export const listParameters = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitMessage)
    .transform(Number)
    .pipe(z.int().min(1, limitMessage).max(MAX_LIMIT, limitMessage))
    .default(DEFAULT_LIMIT)
    .meta({
      description: 'How many to answer at most.',
      // Of the number that the text stands for.
      jsonSchema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    }),
  cursor: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'That of the page before. It belongs to its route, its organization and its filters.',
      examples: ['30CSUFvyWZvBGq5WSApEi3sicGsiO'],
    }),
};

export const listQuery = z.strictObject(listParameters);

/** For lists of what has happened: from `since`, inclusive, to `until`, exclusive; in milliseconds once parsed. */
export const timeParameters = {
  since: timeField.optional().meta({ description: 'The first moment, by the time at which the event was accepted.' }),
  until: timeField.optional().meta({ description: 'The first moment after it; not before `since`.' }),
};

export function timesInOrder({ since, until }: { since?: number | undefined; until?: number | undefined }): boolean {
  return since === undefined || until === undefined || since <= until;
}
export const timesInOrderMessage = { path: ['until'], message: 'must not be before since' };

const pageKey = z.record(z.string(), z.string());

/** `{ "<plural>": […], "cursor": …|null, "has_more": … }` */
export function listAnswer<Plural extends string, Item extends z.ZodType>(plural: Plural, item: Item) {
  return z.object({
    ...({ [plural]: z.array(item) } as Record<Plural, z.ZodArray<Item>>),
    cursor: z
      .string()
      .nullable()
      .meta({ description: 'Of the next page; `null` on the last one.', examples: [null] }),
    has_more: z.boolean().meta({ examples: [false] }),
  });
}

export interface ListRequest {
  readonly route: string;
  readonly principal: Principal;
  readonly query: { readonly limit: number; readonly cursor?: string | undefined };
}

/** The page that a request asks for, and the answer's part about the next one. */
export class Paging {
  readonly limit: number;
  readonly #cursors: Cursors;
  readonly #cursor: string | undefined;
  /** A cursor belongs to one route, one organization and one set of filters. */
  readonly #list: string;

  constructor({ cursors }: { readonly cursors: Cursors }, { route, principal, query }: ListRequest) {
    const { limit, cursor, ...filters } = query;
    this.limit = limit;
    this.#cursors = cursors;
    this.#cursor = cursor;
    this.#list = JSON.stringify([route, principal.organizationId, Object.entries(filters).sort()]);
  }

  /** For lists of the configuration table. @throws ApiError VALIDATION_FAILED when the cursor is not one of this list */
  async request(): Promise<PageRequest> {
    return { limit: this.limit, after: await this.after(pageKey) };
  }

  /** What such a list says about its next page. */
  rest({ next }: Page<unknown>): Promise<{ cursor: string | null; has_more: boolean }> {
    return this.next(next);
  }

  /** Where the page begins; `undefined` on the first one. @throws ApiError VALIDATION_FAILED */
  async after<Position>(schema: z.ZodType<Position>): Promise<Position | undefined> {
    return this.#cursor === undefined ? undefined : schema.parse(await this.#cursors.open(this.#list, this.#cursor));
  }

  /**
   * The page of what several lists have in common order, by id, newest first. Each list was asked for one item more than
   * the page shows.
   */
  async merge<T extends { readonly id: string }>(
    lists: readonly (readonly T[])[],
    positionOf: (last: T) => unknown,
  ): Promise<{ items: T[]; rest: { cursor: string | null; has_more: boolean } }> {
    const all = lists.flat().sort((one, other) => (one.id < other.id ? 1 : -1));
    const items = all.slice(0, this.limit);
    const last = items.at(-1);
    return { items, rest: await this.next(last && all.length > items.length ? positionOf(last) : undefined) };
  }

  /** @param position of the page's last item; `undefined` when there is nothing after it */
  async next(position: unknown): Promise<{ cursor: string | null; has_more: boolean }> {
    if (position === undefined) return { cursor: null, has_more: false };
    return { cursor: await this.#cursors.seal(this.#list, position), has_more: true };
  }
}
