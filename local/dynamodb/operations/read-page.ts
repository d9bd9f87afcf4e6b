import type { Database } from '../../database.ts';
import type { Item } from '../attribute-value.ts';
import type { Condition } from '../expressions/condition.ts';
import { evaluate } from '../expressions/evaluate.ts';
import type { KeyCondition, SortCondition } from '../expressions/key-condition.ts';
import { itemSize } from '../item-size.ts';
import { storedItem } from '../item-store.ts';
import { type EncodedKey, encodeKeyValue } from '../key-schema.ts';
import { MAX_PAGE_BYTES } from '../limits.ts';
import type { Index, Table } from '../table.ts';

/** The source of a Query or Scan: a table, or one of its indexes. */
export interface ReadSource {
  readonly table: Table;
  readonly index: Index | undefined;
}

/** The position of an item in the order of its source. In an index the table's key breaks ties. */
export interface Position {
  readonly source: EncodedKey;
  readonly table: EncodedKey;
}

export interface PageRequest extends ReadSource {
  /** Without one, the whole source is read. */
  readonly keyCondition: KeyCondition | undefined;
  readonly forward: boolean;
  readonly startAfter: Position | undefined;
  readonly limit: number | undefined;
  readonly filter: Condition | undefined;
}

export interface Page {
  /** The items that pass the filter, with the attributes that the source holds. */
  readonly items: readonly Item[];
  readonly scannedCount: number;
  /** Bytes of all items read, including those that the filter leaves out. */
  readonly bytes: number;
  /** The last item read, if the page ended before the source did. */
  readonly last: Item | undefined;
}

/** Reads until the limit, 1 MB or the end. */
export function readPage(database: Database, request: PageRequest): Page {
  const { sql, bindings } = pageQuery(request);
  const items: Item[] = [];
  let scannedCount = 0;
  let bytes = 0;
  for (const row of database.statement(sql).iterate(...bindings)) {
    const stored = storedItem(row);
    const projectsAll = !request.index?.projected;
    const item = request.index ? request.index.project(stored.item) : stored.item;
    scannedCount++;
    bytes += projectsAll ? stored.size : itemSize(item);
    if (!request.filter || evaluate(request.filter, item)) items.push(item);
    if (scannedCount === request.limit || bytes >= MAX_PAGE_BYTES) return { items, scannedCount, bytes, last: item };
  }
  return { items, scannedCount, bytes, last: undefined };
}

type Binding = string | number;

interface PageQuery {
  readonly sql: string;
  readonly bindings: readonly Binding[];
}

function pageQuery({ table, index, keyCondition, forward, startAfter }: PageRequest): PageQuery {
  const conditions: string[] = [index ? 'index_id = ?' : 'table_id = ?'];
  const bindings: Binding[] = [index ? index.id : table.id];
  if (keyCondition) {
    conditions.push('s.pk = ?');
    bindings.push(encodeKeyValue(keyCondition.partition));
    if (keyCondition.sort) addRange(keyCondition.sort, conditions, bindings);
  }
  const order = orderColumns(index, keyCondition !== undefined);
  if (startAfter) {
    const { source, table: tableKey } = startAfter;
    const after: Record<string, string> = {
      's.pk': source.pk,
      's.sk': source.sk,
      's.table_pk': tableKey.pk,
      's.table_sk': tableKey.sk,
    };
    conditions.push(`(${order.join(', ')}) ${forward ? '>' : '<'} (${order.map(() => '?').join(', ')})`);
    bindings.push(...order.map((column) => after[column] ?? ''));
  }
  const from = index
    ? 'dynamodb_index_rows s JOIN dynamodb_items i ON i.id = s.item_id'
    : 'dynamodb_items s INDEXED BY dynamodb_items_by_key';
  const alias = index ? 'i' : 's';
  const sql =
    `SELECT ${alias}.id, ${alias}.item, ${alias}.size FROM ${from} WHERE ${conditions.join(' AND ')} ` +
    `ORDER BY ${order.map((column) => `${column} ${forward ? 'ASC' : 'DESC'}`).join(', ')}`;
  return { sql, bindings };
}

function orderColumns(index: Index | undefined, withinPartition: boolean): string[] {
  const columns = index ? ['s.pk', 's.sk', 's.table_pk', 's.table_sk'] : ['s.pk', 's.sk'];
  return withinPartition ? columns.slice(1) : columns;
}

function addRange(sort: SortCondition, conditions: string[], bindings: Binding[]): void {
  const value = encodeKeyValue(sort.value);
  switch (sort.operator) {
    case 'between':
      conditions.push('s.sk >= ?', 's.sk <= ?');
      bindings.push(value, encodeKeyValue(sort.upper));
      return;
    case 'begins_with': {
      conditions.push('s.sk >= ?');
      bindings.push(value);
      const end = afterPrefix(value);
      if (end === undefined) return;
      conditions.push('s.sk < ?');
      bindings.push(end);
      return;
    }
    default:
      conditions.push(`s.sk ${sort.operator} ?`);
      bindings.push(value);
  }
}

const LAST_CODE_POINT = 0x10ffff;
const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** The smallest text that sorts after every text with the prefix; `undefined` if there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === LAST_CODE_POINT) continue;
    const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}
