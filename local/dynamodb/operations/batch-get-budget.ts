import type { EncodedKey } from '../key-schema.ts';
import { MAX_BATCH_GET_BYTES, MAX_BATCH_GET_PARTITION_BYTES } from '../limits.ts';
import type { Table } from '../table.ts';

/**
 * How much one BatchGetItem may still read: 16 MB in all, and 1 MB of each partition. After an item that doesn't fit, no further
 * one is read, from the partition or at all.
 *
 * AWS means its physical partitions, which hold many partition keys and which nobody can see. Here each partition key is one.
 */
export class BatchGetBudget {
  #bytes = 0;
  readonly #partitions = new Map<string, number>();

  isSpent(table: Table, key: EncodedKey): boolean {
    return this.#bytes > MAX_BATCH_GET_BYTES || this.#bytesOf(table, key) > MAX_BATCH_GET_PARTITION_BYTES;
  }

  /**
   * Spends an item's bytes. Returns `false` if the item doesn't fit. The first item of a partition always fits into the
   * partition's 1 MB, because no item is that large.
   */
  take(table: Table, key: EncodedKey, itemBytes: number): boolean {
    if (this.isSpent(table, key)) return false;
    const partitionBytes = this.#bytesOf(table, key) + itemBytes;
    this.#partitions.set(partitionOf(table, key), partitionBytes);
    if (partitionBytes > MAX_BATCH_GET_PARTITION_BYTES) return false;
    this.#bytes += itemBytes;
    return this.#bytes <= MAX_BATCH_GET_BYTES;
  }

  #bytesOf(table: Table, key: EncodedKey): number {
    return this.#partitions.get(partitionOf(table, key)) ?? 0;
  }
}

function partitionOf(table: Table, { pk }: EncodedKey): string {
  return `${table.id} ${pk}`;
}
