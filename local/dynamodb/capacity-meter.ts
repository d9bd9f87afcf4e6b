import type { Consumption } from './capacity.ts';

/** What one operation has used of a table or of one of its indexes. */
export interface Consumed {
  readonly table: string;
  readonly index: string | null;
  readonly operation: string;
  /** Requests that used any units of it. */
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/**
 * Adds up what all requests have used since the start: by table and index, as CloudWatch does on AWS with
 * `ConsumedReadCapacityUnits` and `ConsumedWriteCapacityUnits`, and also by operation.
 */
export class CapacityMeter {
  readonly #consumed = new Map<string, Consumed>();

  addReads(operation: string, used: Consumption): void {
    this.#add(operation, used, (units) => ({ readUnits: units, writeUnits: 0 }));
  }

  addWrites(operation: string, used: Consumption): void {
    this.#add(operation, used, (units) => ({ readUnits: 0, writeUnits: units }));
  }

  /** Ordered by table, index and operation. */
  totals(): Consumed[] {
    return [...this.#consumed].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, consumed]) => consumed);
  }

  #add(
    operation: string,
    { table, tableUnits, indexUnits }: Consumption,
    split: (units: number) => Pick<Consumed, 'readUnits' | 'writeUnits'>,
  ): void {
    for (const [index, units] of [[null, tableUnits] as const, ...indexUnits]) {
      if (units === 0) continue;
      const key = `${table.name}\u0000${index ?? ''}\u0000${operation}`;
      const before = this.#consumed.get(key);
      const { readUnits, writeUnits } = split(units);
      this.#consumed.set(key, {
        table: table.name,
        index,
        operation,
        requests: (before?.requests ?? 0) + 1,
        readUnits: (before?.readUnits ?? 0) + readUnits,
        writeUnits: (before?.writeUnits ?? 0) + writeUnits,
      });
    }
  }
}
