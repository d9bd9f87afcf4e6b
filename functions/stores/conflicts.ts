import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';

const MAX_TRIES = 6;
/** Grows with each try: about 400 ms in all. */
const FIRST_PAUSE_MS = 25;

/**
 * A write of a row that somebody else's transaction is just writing is refused, and a transaction is cancelled by any such write.
 * Nothing is wrong with either, but the SDK leaves trying again to the caller. By the next try the other one is done, and the
 * write's condition decides.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 *
 * @throws what the write throws: the conflict after the last try, all else at once
 */
export async function retryingConflicts<Answer>(write: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!isConflict(error) || tries === MAX_TRIES) throw error;
      await sleep(FIRST_PAUSE_MS * tries * (0.5 + Math.random()));
    }
  }
}

/** A failed condition of the same transaction would fail again. */
function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
  return codes.includes('TransactionConflict') && !codes.includes('ConditionalCheckFailed');
}
