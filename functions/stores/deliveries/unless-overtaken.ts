import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { retryingConflicts } from '../conflicts.ts';
import type { Row } from '../dynamodb-batch.ts';

/**
 * A failed condition means that another copy of the job has got further, and its record stands. A transaction conflict
 * decides nothing, so the write is tried again: the attempt was made, and would be repeated if recording it failed.
 * @param isOwn whether the row that failed the condition is this very record, because the SDK repeats a write whose
 *   response is lost. Transactions have a token for that.
 * @returns whether this record stands
 */
export async function unlessOvertaken(
  write: () => Promise<unknown>,
  isOwn: (row: Row) => boolean = () => false,
): Promise<boolean> {
  try {
    await retryingConflicts(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item !== undefined && isOwn(error.Item);
    const codes =
      error instanceof TransactionCanceledException ? error.CancellationReasons?.map(({ Code }) => Code) : [];
    if (!codes?.includes('ConditionalCheckFailed')) throw error;
    return false;
  }
}
