import type { Command } from 'commander';
import type * as z from 'zod';
import { type Invocation, wholeNumber } from './command.ts';
import { clean, type Row } from './output.ts';
import { list } from './paging.ts';
import { type Kind, type NameOf, namesOf } from './resolve.ts';

/** This many entries are held in memory, and take a hundred requests. */
const MAX_LISTED = 10_000;

export interface ListOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export function withLimit(command: Command): Command {
  return command
    .option('--limit <number>', 'how many at most, up to 10,000', wholeNumber(1, MAX_LISTED), 20)
    .option('--cursor <cursor>', 'continue where a list has ended (`cursor` of its --json)');
}

interface Shown<Item> {
  readonly path: string;
  /** The name of the list in the response. */
  readonly plural: string;
  readonly item: z.ZodType<Item>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** What to suggest if there is nothing at all. */
  readonly ifNone: string;
  /** What to add if nothing matches the filters. */
  readonly ifNoneFits?: string | undefined;
  /** The kinds of things whose names the rows show. */
  readonly named?: readonly { readonly kind: Kind; readonly idIn: (item: Item) => string }[];
  row(item: Item, invocation: Invocation<unknown>, nameOf: NameOf): Row;
}

/** Prints a list of the API: as a table, or as the API would answer it on one page. */
export async function showList<Item>(invocation: Invocation<ListOptions>, shown: Shown<Item>): Promise<void> {
  const { out, options } = invocation;
  const query = { ...shown.query, cursor: options.cursor };
  const api = await invocation.api();
  const { items, cursor, hasMore } = await list(api, shown.path, shown.plural, query, options.limit);
  if (out.json) return out.document({ [shown.plural]: items, cursor, has_more: hasMore });
  if (items.length === 0) return out.note(noneOf(shown));
  const entries = items.map((item) => shown.item.parse(item));
  const names = await Promise.all((shown.named ?? []).map(({ kind, idIn }) => namesOf(api, kind, entries.map(idIn))));
  // A lookup returns an id that it does not know unchanged, so the first that knows it gives the name.
  const nameOf = (id: string) => names.map((one) => one(id)).find((name) => name !== id) ?? clean(id);
  out.table(entries.map((entry) => shown.row(entry, invocation, nameOf)));
  if (hasMore) out.note(`There are more: ${howToSeeMore(options.limit, cursor)}`);
}

function howToSeeMore(limit: number, cursor: string | null): string {
  return limit < MAX_LISTED ? `--limit ${Math.min(limit * 5, MAX_LISTED)}` : `--cursor ${clean(cursor)}`;
}

/** If there are filters, nobody knows whether there is anything at all. */
function noneOf(shown: Pick<Shown<unknown>, 'plural' | 'query' | 'ifNone' | 'ifNoneFits'>): string {
  const { plural, query = {}, ifNone, ifNoneFits } = shown;
  if (Object.values(query).every((value) => value === undefined)) return ifNone;
  const nothing = `No ${plural} match the filters.`;
  return ifNoneFits === undefined ? nothing : `${nothing} ${ifNoneFits}`;
}
