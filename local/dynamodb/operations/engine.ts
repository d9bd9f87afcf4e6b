import type { Clock } from '../../clock.ts';
import type { Database } from '../../database.ts';
import type { CapacityMeter } from '../capacity-meter.ts';
import type { ItemStore } from '../item-store.ts';
import type { ItemWriter } from '../item-writer.ts';
import type { StreamLog } from '../stream-log.ts';
import type { TableCatalog } from '../table-catalog.ts';
import type { TransactionTokens } from './transaction-tokens.ts';

/** The parts of the service that operations use. */
export interface Engine {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalog: TableCatalog;
  readonly items: ItemStore;
  readonly writer: ItemWriter;
  readonly log: StreamLog;
  readonly tokens: TransactionTokens;
  readonly meter: CapacityMeter;
}

/** Runs a change in the next group commit. Once it is durable, notifies the listeners for stream records. */
export async function commit<T>(engine: Engine, mutate: () => T): Promise<T> {
  const result = await engine.database.write(mutate);
  engine.log.notify();
  return result;
}
