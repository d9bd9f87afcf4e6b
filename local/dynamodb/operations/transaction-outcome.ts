import { AwsError } from '../../wire/aws-error.ts';
import type { Item } from '../attribute-value.ts';
import { CONDITION_FAILED_MESSAGE } from '../errors.ts';

/** One element of `CancellationReasons`. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  readonly Message?: string;
  readonly Item?: Item;
}

export const NO_REASON: CancellationReason = { Code: 'None' };

export function conditionReason(item: Item | undefined): CancellationReason {
  return { Code: 'ConditionalCheckFailed', Message: CONDITION_FAILED_MESSAGE, ...(item && { Item: item }) };
}

/** Runs something that may find one action of a transaction invalid. The whole transaction is then cancelled with that reason. */
export function attempt<T>(run: () => T): T | CancellationReason {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ValidationException') throw error;
    return { Code: 'ValidationError', Message: error.message };
  }
}

/** @throws TransactionCanceledException unless every reason is `None`. */
export function requireNoReasons(reasons: readonly CancellationReason[]): void {
  if (reasons.every(({ Code }) => Code === 'None')) return;
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}
