import * as z from 'zod';
import { timeField } from '../../../core/fields/shared-fields.ts';
import type { ConfigPage, ConfigPageRequest } from '../../stores/config/config-table.ts';
import type { Page } from '../../stores/page.ts';
import type { Cursors } from './cursors.ts';
import type { Principal } from './principal.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MAX_SEARCH_LENGTH = 200;

const limitMessage = `must be a whole number from 1 to ${MAX_LIMIT}`;

const limit = z.int().min(1, limitMessage).max(MAX_LIMIT, limitMessage);

/** The query parameters of every list; spread into the route's own. */
export const listParameters = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitMessage)
    .transform(Number)
    .pipe(limit)
    .default(DEFAULT_LIMIT)
    .meta({
      description: 'How many to return at most.',
      // Describes the number that the text stands for.
      jsonSchema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    }),
  cursor: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'The cursor of the previous page. It is valid only for the same route, organization and filters.',
      examples: ['30CSUFvyWZvBGq5WSApEi3sicGsiO'],
    }),
};

/** For lists of things that have a name. */
export const searchParameter = z
  .string()
  .trim()
  .min(1)
  .max(MAX_SEARCH_LENGTH)
  .optional()
  .meta({ examples: ['orders'] });
/** `true` or `false`. */
export const booleanParameter = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();

export const listQuery = z.strictObject(listParameters);

/** For lists of what has happened. `since` is inclusive, `until` exclusive; both are in milliseconds once parsed. */
export const timeParameters = {
  since: timeField
    .optional()
    .meta({ description: 'From this moment on, by the time at which the event was accepted.' }),
  until: timeField.optional().meta({ description: 'Up to, but not including, this moment; not before `since`.' }),
};

export function timesInOrder({ since, until }: { since?: number | undefined; until?: number | undefined }): boolean {
  return since === undefined || until === undefined || since <= until;
}
export const timesInOrderMessage = { path: ['until'], message: 'must not be before since' };

const pageKey = z.record(z.string(), z.string());

const listRest = {
  cursor: z
    .string()
    .nullable()
    .meta({ description: 'The cursor of the next page; `null` on the last page.', examples: [null] }),
  has_more: z.boolean().meta({ examples: [false] }),
};

/** `{ "<plural>": […], "cursor": …|null, "has_more": … }` */
export function listResponse<Plural extends string, Item extends z.ZodType>(plural: Plural, item: Item) {
  return z.object({
    ...({ [plural]: z.array(item) } as Record<Plural, z.ZodArray<Item>>),
    ...listRest,
  });
}

export interface ListRequest {
  readonly route: string;
  readonly principal: Principal;
  readonly query: { readonly limit: number; readonly cursor?: string | undefined };
}

/** A page, and its items as the API shows them. */
export interface ShownPage<Shown> {
  readonly page: ConfigPage<unknown>;
  readonly shown: Shown[];
}

/** A response of Lambda has 6 MB at most: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_LIST_BYTES = 5 * 1024 ** 2;

/**
 * How many of these items fit into one response. The first always counts: the limits of its fields keep any single item below
 * the maximum.
 */
function countFitting(shown: readonly unknown[]): number {
  let bytes = 0;
  const tooMany = shown.findIndex((item, index) => {
    // Encoded twice: the body is itself a string in the JSON that the function returns to API Gateway.
    bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(item)));
    return index > 0 && bytes > MAX_LIST_BYTES;
  });
  return tooMany === -1 ? shown.length : tooMany;
}

/** The page that a request asks for, and what the response says about the next one. */
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
  async request(): Promise<ConfigPageRequest> {
    return { limit: this.limit, after: await this.after(pageKey) };
  }

  /**
   * The page that `load` finds, or as much of it as fits into one response: large items are spread over more pages. A page that
   * doesn't fit is loaded again with a lower limit, as the store says where the next page begins only for the page that it has
   * read. Pages are nearly always small, and these are read once.
   */
  async fitting<Shown>(load: (request: ConfigPageRequest) => Promise<ShownPage<Shown>>): Promise<ShownPage<Shown>> {
    const request = await this.request();
    let loaded = await load(request);
    for (let fit = countFitting(loaded.shown); fit < loaded.shown.length; fit = countFitting(loaded.shown)) {
      loaded = await load({ ...request, limit: fit });
    }
    return loaded;
  }

  /** What the response of such a list says about its next page. */
  rest({ next }: ConfigPage<unknown>): Promise<{ cursor: string | null; has_more: boolean }> {
    return this.next(next);
  }

  /** Where the page begins; `undefined` on the first one. @throws ApiError VALIDATION_FAILED */
  async after<Position>(schema: z.ZodType<Position>): Promise<Position | undefined> {
    return this.#cursor === undefined ? undefined : schema.parse(await this.#cursors.open(this.#list, this.#cursor));
  }

  /** For lists of events or deliveries: the id below which the page begins; `undefined` on the first page. */
  afterId(): Promise<string | undefined> {
    return this.after(z.string());
  }

  /** Merges lists that continue below an id into one, newest first, as far as every one of them has been read. */
  async merge<T extends { readonly id: string }>(
    lists: readonly Page<T, string>[],
  ): Promise<{ items: T[]; rest: { cursor: string | null; has_more: boolean } }> {
    // The page ends where the list that was read least far ends; what the others have beyond that is left for the next page.
    const furthest = lists
      .flatMap(({ next }) => next ?? [])
      .sort()
      .at(-1);
    const all = lists
      .flatMap(({ items }) => items)
      .filter(({ id }) => furthest === undefined || id >= furthest)
      .sort((one, other) => (one.id < other.id ? 1 : -1));
    const items = all.slice(0, this.limit);
    return { items, rest: await this.next(all.length > items.length ? items.at(-1)?.id : furthest) };
  }

  /** @param position of the page's last item; `undefined` when there is nothing after it */
  async next(position: unknown): Promise<{ cursor: string | null; has_more: boolean }> {
    if (position === undefined) return { cursor: null, has_more: false };
    return { cursor: await this.#cursors.seal(this.#list, position), has_more: true };
  }
}
