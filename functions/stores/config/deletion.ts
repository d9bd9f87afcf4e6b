import { ApiError } from '../../../core/api-error.ts';
import { type ConfigTable, MAX_TRANSACTION_STEPS, type Step } from './config-table.ts';
import { ConnectionsChanged } from './connection-steps.ts';

export interface Deletion {
  /** Removes connections, as a list of steps each that belong together. */
  readonly removals: readonly (readonly Step[])[];
  /** Run with the last removals: turns the row into a tombstone. */
  readonly bury: Step;
  /** Run with removals that are not the last ones, when they are too many for one transaction. */
  readonly between?: (removed: number) => Step;
}

const TRIES = 5;

/**
 * Deletes a source or a destination with its connections: in one transaction, or, beyond the hundred steps of one, in
 * several, the tombstone last. A crash in between leaves it in place with fewer connections, to be deleted again.
 *
 * @param plan reads the current state; called again when a connection was made or deleted in the meantime
 */
export function deleteWithConnections(table: ConfigTable, plan: () => Promise<Deletion>): Promise<void> {
  return whileConnectionsChange(async () => {
    for (;;) {
      const { removals, bury, between } = await plan();
      const perTransaction = Math.floor((MAX_TRANSACTION_STEPS - 1) / Math.max(1, removals[0]?.length ?? 1));
      const now = removals.slice(0, perTransaction);
      const isLast = now.length === removals.length;
      const extra = isLast ? bury : between?.(now.length);
      await table.transact([...now.flat(), ...(extra ? [extra] : [])]);
      if (isLast) return;
    }
  });
}

/** Does what depends on connections as they were read, again where they were changed in the meantime. @throws ApiError CONFLICT */
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
