import type { Item } from './attribute-value.ts';
import { type Consumption, writeUnits } from './capacity.ts';
import { equalMaps } from './compare.ts';
import { itemSize } from './item-size.ts';
import type { ItemStore, StoredItem } from './item-store.ts';
import { type EncodedKey, encodeKey, keyOf } from './key-schema.ts';
import type { StreamLog } from './stream-log.ts';
import type { Index, Table } from './table.ts';

/** An item that is ready to be stored. */
export interface NewItem {
  readonly item: Item;
  /** Billed bytes. */
  readonly size: number;
}

/**
 * Writes one item with everything that depends on it: index rows, the stream record, the units used. All of it runs inside
 * `database.write` after every check, so nothing in here refuses.
 */
export class ItemWriter {
  readonly #items: ItemStore;
  readonly #log: StreamLog;

  constructor(items: ItemStore, log: StreamLog) {
    this.#items = items;
    this.#log = log;
  }

  put(
    table: Table,
    key: EncodedKey,
    old: StoredItem | undefined,
    { item, size }: NewItem,
    used: Consumption,
    factor = 1,
  ): void {
    used.tableUnits += factor * writeUnits(old?.size ?? 0, size);
    const json = JSON.stringify(item);
    if (old && old.size === size && (old.json === json || equalMaps(old.item, item))) return;
    const expirySecond = table.expirySecond(item);
    let id: number;
    if (old) {
      id = old.id;
      this.#items.replace(id, json, size, expirySecond);
    } else {
      id = this.#items.insert(table, key, json, size, expirySecond);
    }
    for (const index of table.indexes) this.#updateIndex(index, table, id, old?.item, item, used, factor);
    if (table.stream) this.#record(table, { json, item, size }, old, false);
  }

  remove(table: Table, old: StoredItem | undefined, used: Consumption, factor = 1, byService = false): void {
    used.tableUnits += factor * writeUnits(old?.size ?? 0, 0);
    if (!old) return;
    this.#items.delete(old.id);
    for (const index of table.indexes) this.#updateIndex(index, table, old.id, old.item, undefined, used, factor);
    if (table.stream) this.#record(table, undefined, old, byService);
  }

  #updateIndex(
    index: Index,
    table: Table,
    id: number,
    oldItem: Item | undefined,
    newItem: Item | undefined,
    used: Consumption,
    factor: number,
  ): void {
    const oldEntry = oldItem && index.holds(oldItem) ? index.project(oldItem) : undefined;
    const newEntry = newItem && index.holds(newItem) ? index.project(newItem) : undefined;
    if (!oldEntry && !newEntry) return;
    const oldBytes = oldEntry ? itemSize(oldEntry) : 0;
    const newBytes = newEntry ? itemSize(newEntry) : 0;
    if (oldEntry && newEntry && isSameKey(index, oldEntry, newEntry)) {
      if (!equalMaps(oldEntry, newEntry)) used.addIndexUnits(index.name, factor * writeUnits(oldBytes, newBytes));
      return;
    }
    if (oldEntry) {
      this.#items.deleteIndexRow(index, table, oldEntry);
      used.addIndexUnits(index.name, factor * writeUnits(oldBytes, 0));
    }
    if (newEntry) {
      this.#items.insertIndexRow(index, table, newEntry, id);
      used.addIndexUnits(index.name, factor * writeUnits(0, newBytes));
    }
  }

  #record(
    table: Table,
    written: { json: string; item: Item; size: number } | undefined,
    old: StoredItem | undefined,
    byService: boolean,
  ): void {
    const subject = written?.item ?? old?.item;
    if (!table.stream || !subject) return;
    const keys = keyOf(table.key, subject);
    this.#log.append(table.stream, {
      eventName: written ? (old ? 'MODIFY' : 'INSERT') : 'REMOVE',
      keys: JSON.stringify(keys),
      keysSize: itemSize(keys),
      newImage: written?.json,
      newSize: written?.size ?? 0,
      oldImage: old?.json,
      oldSize: old?.size ?? 0,
      byService,
    });
  }
}

function isSameKey(index: Index, one: Item, other: Item): boolean {
  const [left, right] = [encodeKey(index.key, one), encodeKey(index.key, other)];
  return left.pk === right.pk && left.sk === right.sk;
}
