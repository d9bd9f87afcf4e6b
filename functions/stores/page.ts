/** A part of a list, newest first: up to `limit` items after `after`, exclusive. */
export interface PageRequest<Key> {
  readonly limit: number;
  readonly after?: Key | undefined;
}

/** `next` is where the following page goes on, absent on the last one. A filtered page may be short and have a `next`. */
export interface Page<T, Key> {
  readonly items: readonly T[];
  readonly next?: Key;
}

/**
 * Limits what a page may cost. Its first query asks for one row more than it shows, and is the only one if every row is
 * shown. If a filter leaves the page short, further queries read more rows at once, up to 1 MB each, or 128 read units:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
 */
const FURTHER_ROWS = 250;
const MAX_QUERIES = 5;

export interface PageSource<Row, Key> {
  /** The next rows after a key, exclusive; `last` unless the list ends with them. */
  readonly query: (
    after: Key | undefined,
    maxRows: number,
  ) => Promise<{ rows: readonly Row[]; last?: Key | undefined }>;
  readonly keyOf: (row: Row) => Key;
  /** Which rows the page shows. */
  readonly keep?: ((row: Row) => boolean) | undefined;
  /** Fewer if one page is merged from several lists. */
  readonly maxQueries?: number | undefined;
}

/**
 * Reads until the page is full, the list ends, or the page has cost what it may; the next page then goes on from there.
 */
export async function readPage<Row, Key>(
  { limit, after }: PageRequest<Key>,
  { query, keyOf, keep = () => true, maxQueries = MAX_QUERIES }: PageSource<Row, Key>,
): Promise<Page<Row, Key>> {
  const found: Row[] = [];
  let position = after;
  for (let queries = 1; queries <= maxQueries; queries++) {
    const { rows, last } = await query(position, queries === 1 ? limit + 1 : FURTHER_ROWS);
    found.push(...rows.filter(keep));
    const lastShown = found[limit - 1];
    if (lastShown && found.length > limit) return { items: found.slice(0, limit), next: keyOf(lastShown) };
    if (last === undefined) return { items: found };
    position = last;
  }
  return { items: found, ...(position !== undefined && { next: position }) };
}
