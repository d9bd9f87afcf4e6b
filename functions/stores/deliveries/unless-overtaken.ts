import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { retryingConflicts } from '../conflicts.ts';
import type { Row } from '../dynamodb-batch.ts';

/**
 * A failed condition means that another copy of the job has got further: its record stands. A conflict, with a transaction or of one,
 * means nothing yet: the attempt is made, and would be made again where its record failed.
 * @param isOwn whether the row that the condition has met is this very record: where the answer to a write gets lost, the SDK makes
 *   it again. A transaction has a token for that
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
