import { setImmediate } from 'node:timers/promises';
import type { Database } from '../database.ts';
import type { Item } from './attribute-value.ts';
import { type EncodedKey, encodeKey } from './key-schema.ts';
import { MAX_EXPIRY_AGE_SECONDS } from './limits.ts';
import { integerOf, type Row, textOf } from './sqlite-row.ts';
import type { Index, Table } from './table.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS dynamodb_items (
    id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    size INTEGER NOT NULL,
    expires_at INTEGER,
    item TEXT NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS dynamodb_items_by_key ON dynamodb_items (table_id, pk, sk);
  CREATE INDEX IF NOT EXISTS dynamodb_items_by_expiry ON dynamodb_items (table_id, expires_at)
    WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS dynamodb_index_rows (
    index_id INTEGER NOT NULL,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    table_pk TEXT NOT NULL,
    table_sk TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    PRIMARY KEY (index_id, pk, sk, table_pk, table_sk)
  ) WITHOUT ROWID;`;

/** How many rows are counted at once. Counting half a million in one go would block everything else for seconds. */
const COUNT_SLICE = 1000;

/** An item as it is stored: its wire JSON, which is only parsed if something needs to look into it. */
export class StoredItem {
  readonly id: number;
  readonly json: string;
  /** Billed bytes. */
  readonly size: number;
  #item: Item | undefined;

  constructor(id: number, json: string, size: number) {
    this.id = id;
    this.json = json;
    this.size = size;
  }

  get item(): Item {
    this.#item ??= parseStoredItem(this.json);
    return this.#item;
  }
}

/** The item was checked before it was written, so it isn't checked again. */
export function parseStoredItem(json: string): Item {
  const item: Item = JSON.parse(json);
  return item;
}

/** Rows of items and of their indexes. Everything that writes must run inside `database.write`. */
export class ItemStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(SCHEMA);
  }

  find(table: Table, key: EncodedKey): StoredItem | undefined {
    const row = this.#database
      .statement('SELECT id, item, size FROM dynamodb_items WHERE table_id = ? AND pk = ? AND sk = ?')
      .get(table.id, key.pk, key.sk);
    return row && storedItem(row);
  }

  insert(table: Table, key: EncodedKey, json: string, size: number, expirySecond: number | null): number {
    const { lastInsertRowid } = this.#database
      .statement('INSERT INTO dynamodb_items (table_id, pk, sk, size, expires_at, item) VALUES (?, ?, ?, ?, ?, ?)')
      .run(table.id, key.pk, key.sk, size, expirySecond, json);
    return Number(lastInsertRowid);
  }

  replace(id: number, json: string, size: number, expirySecond: number | null): void {
    this.#database
      .statement('UPDATE dynamodb_items SET size = ?, expires_at = ?, item = ? WHERE id = ?')
      .run(size, expirySecond, json, id);
  }

  delete(id: number): void {
    this.#database.statement('DELETE FROM dynamodb_items WHERE id = ?').run(id);
  }

  insertIndexRow(index: Index, table: Table, item: Item, itemId: number): void {
    const key = encodeKey(index.key, item);
    const tableKey = encodeKey(table.key, item);
    this.#database
      .statement(
        'INSERT INTO dynamodb_index_rows (index_id, pk, sk, table_pk, table_sk, item_id) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(index.id, key.pk, key.sk, tableKey.pk, tableKey.sk, itemId);
  }

  deleteIndexRow(index: Index, table: Table, item: Item): void {
    const key = encodeKey(index.key, item);
    const tableKey = encodeKey(table.key, item);
    this.#database
      .statement(
        'DELETE FROM dynamodb_index_rows WHERE index_id = ? AND pk = ? AND sk = ? AND table_pk = ? AND table_sk = ?',
      )
      .run(index.id, key.pk, key.sk, tableKey.pk, tableKey.sk);
  }

  deleteIndex(indexId: number): void {
    this.#database.statement('DELETE FROM dynamodb_index_rows WHERE index_id = ?').run(indexId);
  }

  /** Items whose time to live ended before this second, oldest first. Times further back than five years are ignored. */
  findExpired(table: Table, beforeSecond: number, limit: number): StoredItem[] {
    return this.#database
      .statement(
        'SELECT id, item, size FROM dynamodb_items WHERE table_id = ? AND expires_at < ? AND expires_at > ? ORDER BY expires_at LIMIT ?',
      )
      .all(table.id, beforeSecond, beforeSecond - MAX_EXPIRY_AGE_SECONDS, limit)
      .map(storedItem);
  }

  /** All items of a table, to rebuild what is derived from them. */
  *all(table: Table): Generator<StoredItem> {
    for (const row of this.#database
      .statement('SELECT id, item, size FROM dynamodb_items WHERE table_id = ?')
      .all(table.id)) {
      yield storedItem(row);
    }
  }

  /** Exact if nothing is written meanwhile: other requests run between two slices. */
  async count(table: Table): Promise<{ items: number; bytes: number }> {
    const slices = inSlices(['pk', 'sk'], (after) =>
      this.#database
        .statement(
          'SELECT pk, sk, size FROM dynamodb_items WHERE table_id = ? AND (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?',
        )
        .all(table.id, ...after, COUNT_SLICE),
    );
    const count = { items: 0, bytes: 0 };
    for await (const rows of slices) {
      count.items += rows.length;
      for (const row of rows) count.bytes += integerOf(row, 'size');
    }
    return count;
  }

  async indexCount(index: Index): Promise<number> {
    const slices = inSlices(['pk', 'sk', 'table_pk', 'table_sk'], (after) =>
      this.#database
        .statement(
          `SELECT pk, sk, table_pk, table_sk FROM dynamodb_index_rows
           WHERE index_id = ? AND (pk, sk, table_pk, table_sk) > (?, ?, ?, ?)
           ORDER BY pk, sk, table_pk, table_sk LIMIT ?`,
        )
        .all(index.id, ...after, COUNT_SLICE),
    );
    let items = 0;
    for await (const rows of slices) items += rows.length;
    return items;
  }
}

/** Rows in the order of their key, a slice in each turn of the event loop. No key is empty, so the first slice follows an empty one. */
async function* inSlices(
  key: readonly string[],
  readAfter: (after: readonly string[]) => Row[],
): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined;
  do {
    const after = key.map((column) => (last ? textOf(last, column) : ''));
    const rows = readAfter(after);
    yield rows;
    last = rows.length < COUNT_SLICE ? undefined : rows.at(-1);
    await setImmediate();
  } while (last);
}

export function storedItem(row: Row): StoredItem {
  return new StoredItem(integerOf(row, 'id'), textOf(row, 'item'), integerOf(row, 'size'));
}
