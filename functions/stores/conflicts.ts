import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';

const MAX_TRIES = 6;
/** Grows with each try: about 400 ms in all. */
const FIRST_PAUSE_MS = 25;

/** A throttle lasts until DynamoDB has made room, a second or more. At random up to this, and twice as much with each try. */
const FIRST_THROTTLED_MS = 200;
const LONGEST_THROTTLED_MS = 2_000;
/** No try begins later: the 30 s that a delivery has for its records, and a request to the API, have room for it and for a call that hangs. */
const THROTTLED_FOR_MS = 5_000;
/** Should chance have it that the pauses are short. */
const MAX_THROTTLED_TRIES = 12;

export interface Pausing {
  readonly pause: (ms: number) => Promise<unknown>;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const pausing: Pausing = { pause: sleep, now: Date.now, random: Math.random };

/**
 * A write of a row that somebody else's transaction is just writing is refused, and a transaction is cancelled by any such write.
 * Nothing is wrong with either, but the SDK leaves trying again to the caller. By the next try the other one is done, and the
 * write's condition decides.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 *
 * So it is with a transaction that is throttled: unlike any other throttled call it fails with a `TransactionCanceledException`, which
 * the SDK does not try again.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
 *
 * @throws what the write throws: the conflict after the last try, all else at once
 */
export async function retryingConflicts<Answer>(
  write: () => Promise<Answer>,
  { pause, now, random }: Pausing = pausing,
): Promise<Answer> {
  const untilMs = now() + THROTTLED_FOR_MS;
  // Each has its own: a write that was throttled a few times may then meet its first conflict.
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

/** By the table or an index: of a table with provisioned capacity, and of one that is billed on demand. */
function isThrottled(error: unknown): boolean {
  return isCancelledBy(error, ['ProvisionedThroughputExceeded', 'ThrottlingError']);
}

/** A failed condition of the same transaction would fail again. */
function isCancelledBy(error: unknown, reasons: readonly string[]): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = error.CancellationReasons?.map(({ Code = '' }) => Code) ?? [];
  return codes.some((code) => reasons.includes(code)) && !codes.includes('ConditionalCheckFailed');
}
