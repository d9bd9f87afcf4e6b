import { setTimeout as sleep } from 'node:timers/promises';
import {
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';

const MAX_TRIES = 6;
/** Grows with each try: about 400 ms in all. */
const FIRST_PAUSE_MS = 25;

/**
 * DynamoDB takes a second or more to make room after throttling. Pauses are random up to this limit, which doubles with each try.
 */
const FIRST_THROTTLED_MS = 200;
const LONGEST_THROTTLED_MS = 2_000;
/**
 * No try begins later than this. The 30 s that a delivery has for its records, or a request to the API has in all, leave room for
 * it and for a call that hangs.
 */
const THROTTLED_FOR_MS = 5_000;
/** Bounds the tries if the random pauses happen to be short. */
const MAX_THROTTLED_TRIES = 12;

export interface Pausing {
  readonly pause: (ms: number) => Promise<unknown>;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const pausing: Pausing = { pause: sleep, now: Date.now, random: Math.random };

/**
 * A write is refused if another transaction is just writing the row, and a transaction is cancelled by any other write of its
 * rows. Nothing is wrong with either, but the SDK leaves it to the caller to try again. By the next try the other write is done,
 * and the condition of this one decides.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 *
 * The same goes for a throttled write. The SDK's own tries of it are over within a second, and it makes none of a throttled
 * transaction, which fails with a `TransactionCanceledException`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
 *
 * @throws what the write throws: a conflict or a throttle after the last try, anything else at once
 */
export async function retryingConflicts<Result>(
  write: () => Promise<Result>,
  { pause, now, random }: Pausing = pausing,
): Promise<Result> {
  const untilMs = now() + THROTTLED_FOR_MS;
  // Counted separately: a write that was throttled a few times may then meet its first conflict.
  const tries = { throttled: 0, conflicting: 0 };
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const throttled = isThrottled(error);
      const pauseMs = throttled
        ? pauseAfterThrottle(++tries.throttled, random())
        : isConflict(error) && pauseAfterConflict(++tries.conflicting, random());
      if (!pauseMs || (throttled && now() + pauseMs > untilMs)) throw error;
      await pause(pauseMs);
    }
  }
}

/** @returns `undefined` if it is not tried again */
function pauseAfterThrottle(tries: number, random: number): number | undefined {
  const longestMs = Math.min(FIRST_THROTTLED_MS * 2 ** (tries - 1), LONGEST_THROTTLED_MS);
  // Not 0, which is no pause.
  return tries < MAX_THROTTLED_TRIES ? Math.max(1, longestMs * random) : undefined;
}

/** @returns `undefined` if it is not tried again */
function pauseAfterConflict(tries: number, random: number): number | undefined {
  return tries < MAX_TRIES ? FIRST_PAUSE_MS * tries * (0.5 + random) : undefined;
}

function isConflict(error: unknown): boolean {
  return error instanceof TransactionConflictException || isCancelledBy(error, ['TransactionConflict']);
}

/** Throttled by the table or an index. The first code is for provisioned capacity, the second for on-demand billing. */
function isThrottled(error: unknown): boolean {
  // An earlier try, whose response did not come in time, is still under way.
  if (error instanceof TransactionInProgressException) return true;
  if (error instanceof ProvisionedThroughputExceededException) return true;
  if (error instanceof ThrottlingException || error instanceof RequestLimitExceeded) return true;
  return isCancelledBy(error, ['ProvisionedThroughputExceeded', 'ThrottlingError']);
}

/** False if a condition of the same transaction failed as well, because it would fail again. */
function isCancelledBy(error: unknown, reasons: readonly string[]): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = error.CancellationReasons?.map(({ Code = '' }) => Code) ?? [];
  return codes.some((code) => reasons.includes(code)) && !codes.includes('ConditionalCheckFailed');
}
