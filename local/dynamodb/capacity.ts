import type { Table } from './table.ts';

/**
 * Capacity units as they are billed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/**
 * One unit for each started kilobyte of the old or the new item, whichever is larger. At least one, even if there was no item.
 */
export function writeUnits(oldBytes: number, newBytes: number): number {
  return Math.max(1, Math.ceil(Math.max(oldBytes, newBytes) / WRITE_UNIT_BYTES));
}

/** One unit for each started 4 KB, or half a unit for an eventually consistent read. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

/** Each item of a transaction is read or written twice. */
export const TRANSACTION_FACTOR = 2;

/** The units that one request has used of one table and its indexes. */
export class Consumption {
  readonly table: Table;
  /** Units of the table itself, without its indexes. */
  tableUnits = 0;
  readonly indexUnits = new Map<string, number>();

  constructor(table: Table) {
    this.table = table;
  }

  addIndexUnits(indexName: string, units: number): void {
    this.indexUnits.set(indexName, (this.indexUnits.get(indexName) ?? 0) + units);
  }
}

export type ReturnConsumedCapacity = 'NONE' | 'TOTAL' | 'INDEXES';

export interface ConsumedCapacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
  readonly Table?: { readonly CapacityUnits: number };
  readonly GlobalSecondaryIndexes?: Record<string, { readonly CapacityUnits: number }>;
}

/** The member `ConsumedCapacity` of a response: nothing, the total, or the total with its parts. */
export function consumedCapacity(wanted: ReturnConsumedCapacity, used: Consumption): ConsumedCapacity | undefined {
  if (wanted === 'NONE') return undefined;
  const total = { TableName: used.table.name, CapacityUnits: totalUnits(used) };
  if (wanted === 'TOTAL') return total;
  const indexes = [...used.indexUnits].map(([name, units]) => [name, { CapacityUnits: units }] as const);
  return {
    ...total,
    Table: { CapacityUnits: used.tableUnits },
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: Object.fromEntries(indexes) }),
  };
}

function totalUnits(used: Consumption): number {
  let units = used.tableUnits;
  for (const indexUnits of used.indexUnits.values()) units += indexUnits;
  return units;
}
