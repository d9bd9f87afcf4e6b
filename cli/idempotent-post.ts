import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, Failure } from './failure.ts';
import { retryDelayMs } from './retry.ts';

/** The first try, a repeat, and one more if the repeat is told to come back. */
const MAX_TRIES = 3;

/** A repeat is refused for at most this long while the first request is still at work, or has died: docs/api.md, Idempotency. */
const MAX_WAIT_SECONDS = 40;

/**
 * With these Hawser says that nothing was done. Others may come from servers in between, or from Hawser before it checked the
 * key.
 */
const SETTLING_STATUSES: readonly (number | undefined)[] = [400, 404, 409];

export interface IdempotencyOptions {
  /** The key of an earlier run, if this run repeats it. */
  readonly key: string | undefined;
  /** Told what is being waited for, and with which key to get the secret if the user does not wait. */
  readonly tell: (message: string) => void;
}

export interface KeyedResponse {
  readonly response: unknown;
  /** The key with which the response can be requested again. */
  readonly key: string;
}

/**
 * The command, not the POST: the body would have to be identical byte for byte, and only the command knows how it writes it.
 * @param others further options, each with a space after it
 */
export function howToRepeat(key: string, others = ''): string {
  return `within 24 hours, run the same command with ${others}--idempotency-key ${key}: it shows the secret, and does nothing twice`;
}

/**
 * Makes a request whose response has a secret that is never shown again. If the response is lost, the request is repeated with the
 * same `Idempotency-Key`, which returns the response without doing anything twice.
 * @param send makes the request with that key
 * @throws Failure that says how to get the secret after all
 */
export async function postWithKey(
  send: (key: string) => Promise<unknown>,
  options: IdempotencyOptions,
): Promise<KeyedResponse> {
  const { key = randomUUID(), tell } = options;
  const isRepeat = options.key !== undefined;
  const sending = () => sendUntilAnswered(() => send(key), { key, isRepeat, tell });
  return { response: await announceIfInterrupted(`It may have been done: ${howToRepeat(key)}`, tell, sending), key };
}

async function sendUntilAnswered(
  send: () => Promise<unknown>,
  { key, isRepeat, tell }: { key: string; isRepeat: boolean; tell: IdempotencyOptions['tell'] },
): Promise<unknown> {
  let isLost = false;
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const lostMs = isLost ? undefined : delayIfLost(error);
      const waitMs = lostMs ?? (isLost || isRepeat ? delayAsTold(error) : undefined);
      if (waitMs === undefined || tries === MAX_TRIES)
        throw isLost && mayHaveBeenDone(error) ? withRepeatHint(error, key) : error;
      if (lostMs !== undefined) tell(`${error.message}. Trying once more, with --idempotency-key ${key}`);
      else tell(`Trying again in ${waitMs / 1_000} s.`);
      isLost = true;
      await sleep(waitMs);
    }
  }
}

/** Otherwise Ctrl-C would lose the key, which nobody else has, while the request may still be done. */
async function announceIfInterrupted<T>(
  word: string,
  tell: IdempotencyOptions['tell'],
  wait: () => Promise<T>,
): Promise<T> {
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const end = () => {
      tell(word);
      // Ends as it would have without this listener: there is no other.
      process.kill(process.pid, signal);
    };
    process.once(signal, end);
    return () => process.off(signal, end);
  });
  try {
    return await wait();
  } finally {
    for (const forget of listeners) forget();
  }
}

function delayIfLost(failure: Failure): number | undefined {
  return hasNoResponse(failure) && !failure.details.isUnsent ? retryDelayMs(0) : undefined;
}

/** For a repeat. Any other response would be the same again. */
function delayAsTold({ details: { code, retryAfterSeconds = Infinity } }: Failure): number | undefined {
  return code === 'CONFLICT' && retryAfterSeconds <= MAX_WAIT_SECONDS ? retryAfterSeconds * 1_000 : undefined;
}

/** Whether the request may have been done, whatever the repeat was answered. */
function mayHaveBeenDone({ details: { code, status, retryAfterSeconds } }: Failure): boolean {
  return code === undefined || retryAfterSeconds !== undefined || !SETTLING_STATUSES.includes(status);
}

/** Refusals and redirects from a server that is not Hawser count as responses: the URL is wrong. */
function hasNoResponse({ exitCode: code, details: { status = 0 } }: Failure): boolean {
  return status >= 500 || (code === exitCode.unreachable && status < 300);
}

/** Adds to the hint how to get the secret after all. */
function withRepeatHint(failure: Failure, key: string): Failure {
  const { hint, ...details } = failure.details;
  const again = `In case it was done anyway: ${howToRepeat(key)}`;
  return new Failure(failure.exitCode, failure.message, {
    ...details,
    hint: hint === undefined ? again : `${hint}${hint.endsWith('?') ? '' : '.'} ${again}`,
  });
}
