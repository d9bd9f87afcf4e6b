import type { EncodedKey } from '../key-schema.ts';
import { MAX_BATCH_GET_BYTES, MAX_BATCH_GET_PARTITION_BYTES } from '../limits.ts';
import type { Table } from '../table.ts';

/**
 * What one BatchGetItem may still read: 16 MB in all, and 1 MB of each partition. Once an item did not fit, no further one is
 * read, of the partition or at all.
 *
 * AWS means its physical partitions, which hold many partition keys and are nobody's to see. Here each partition key is one.
 */
export class BatchGetBudget {
  #bytes = 0;
  readonly #partitions = new Map<string, number>();

  isSpent(table: Table, key: EncodedKey): boolean {
    return this.#bytes > MAX_BATCH_GET_BYTES || this.#bytesOf(table, key) > MAX_BATCH_GET_PARTITION_BYTES;
  }

  /** `false` where an item of this many bytes is too much. The first of a partition never is: none is that large. */
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
