import type { Clock } from '../clock.ts';
import type { Database } from '../database.ts';
import type { ObjectStore } from './object-store.ts';

/** The parts of the service that operations use. */
export interface S3Context {
  readonly database: Database;
  readonly clock: Clock;
  readonly region: string;
  readonly store: ObjectStore;
}
