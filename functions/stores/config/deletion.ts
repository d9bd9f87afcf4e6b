import { ApiError } from '../../../core/api-error.ts';
import { type ConfigTable, MAX_TRANSACTION_WRITES, type TransactionWrite } from './config-table.ts';
import { ConnectionsChanged } from './connection-writes.ts';

export interface Deletion {
  /** Removes connections: a list of writes for each, to be kept together. */
  readonly removals: readonly (readonly TransactionWrite[])[];
  /** Runs with the last removals, and turns the row into a tombstone. */
  readonly tombstone: TransactionWrite;
  /** Runs with other removals, if there are too many for one transaction. */
  readonly between?: (removed: number) => TransactionWrite;
}

const TRIES = 5;

/**
 * Deletes a source or a destination with its connections, in one transaction, or in several if that would exceed a
 * hundred writes; the tombstone comes last. If it crashes in between, the source or destination is still there with
 * fewer connections, and can be deleted again.
 *
 * @param plan reads the current state; called again if a connection was made or deleted meanwhile
 */
export function deleteWithConnections(table: ConfigTable, plan: () => Promise<Deletion>): Promise<void> {
  return whileConnectionsChange(async () => {
    for (;;) {
      const { removals, tombstone, between } = await plan();
      const perTransaction = Math.floor((MAX_TRANSACTION_WRITES - 1) / Math.max(1, removals[0]?.length ?? 1));
      const now = removals.slice(0, perTransaction);
      const isLast = now.length === removals.length;
      const extra = isLast ? tombstone : between?.(now.length);
      await table.transact([...now.flat(), ...(extra ? [extra] : [])]);
      if (isLast) return;
    }
  });
}

/**
 * Repeats work that depends on connections as they were read if they were changed meanwhile. @throws ApiError CONFLICT
 */
export async function whileConnectionsChange(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectionsChanged)) throw error;
    }
  }
  throw new ApiError('CONFLICT', 'its connections are being changed by other requests; try again');
}
