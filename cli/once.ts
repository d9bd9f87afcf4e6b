import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, Failure } from './failure.ts';
import { retryAfter } from './retry.ts';

/** With the repeat, and with one more for a repeat that is told to come back. */
const MAX_TRIES = 3;

/** A repeat that comes while the first is still at work, or has died of it, is refused for so long: docs/api.md, Idempotency. */
const MAX_WAIT_SECONDS = 40;

/** What Hawser refuses itself is not done. Anybody on the way may answer otherwise, and so may Hawser before it looks for the key. */
const DECIDES: readonly (number | undefined)[] = [400, 404, 409];

export interface OnceOptions {
  /** That of an earlier run, where this one is its repeat. */
  readonly key: string | undefined;
  /** What is waited for, and by which key the secret is had should nobody wait. */
  readonly tell: (message: string) => void;
}

export interface AnsweredOnce {
  readonly answer: unknown;
  /** By which it is had again. */
  readonly key: string;
}

/**
 * Not the same POST: its body would have to be the same byte for byte, and only the command knows how it writes it.
 * @param others options beside it
 */
export function sameCommandWith(key: string, others = ''): string {
  return `within 24 hours, run the same command with ${others}--idempotency-key ${key}: it shows the secret, and does nothing twice`;
}

/**
 * Does once what answers with a secret that is never shown again: where the answer is lost, the same is asked again with the same
 * `Idempotency-Key`, which brings the answer and does nothing more.
 * @param ask with that key
 * @throws Failure which says how the secret is still to be had
 */
export async function once(ask: (key: string) => Promise<unknown>, options: OnceOptions): Promise<AnsweredOnce> {
  const { key = randomUUID(), tell } = options;
  const isRepeat = options.key !== undefined;
  const asking = () => askUntilAnswered(() => ask(key), { key, isRepeat, tell });
  return { answer: await tellingIfEnded(`It may be done: ${sameCommandWith(key)}`, tell, asking), key };
}

async function askUntilAnswered(
  ask: () => Promise<unknown>,
  { key, isRepeat, tell }: { key: string; isRepeat: boolean; tell: OnceOptions['tell'] },
): Promise<unknown> {
  let isLost = false;
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const lostMs = isLost ? undefined : waitForLost(error);
      const waitMs = lostMs ?? (isLost || isRepeat ? waitAsTold(error) : undefined);
      if (waitMs === undefined || tries === MAX_TRIES) throw isLost && isOpen(error) ? stillToBeHad(error, key) : error;
      if (lostMs !== undefined) tell(`${error.message}. It is asked once more, with --idempotency-key ${key}`);
      else tell(`It is to be asked again in ${waitMs / 1_000} s, and will be.`);
      isLost = true;
      await sleep(waitMs);
    }
  }
}

/** Ctrl-C takes the key with it, which nobody else has, while the request goes its way. */
async function tellingIfEnded<T>(word: string, tell: OnceOptions['tell'], wait: () => Promise<T>): Promise<T> {
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const end = () => {
      tell(word);
      // As it would have ended without this: nothing else listens.
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

function waitForLost(failure: Failure): number | undefined {
  return hasNoAnswer(failure) && !failure.details.isUnsent ? retryAfter(0) : undefined;
}

/** Of a repeat: what else it could be answered, it would be again. */
function waitAsTold({ details: { code, retryAfterSeconds = Infinity } }: Failure): number | undefined {
  return code === 'CONFLICT' && retryAfterSeconds <= MAX_WAIT_SECONDS ? retryAfterSeconds * 1_000 : undefined;
}

/** Whether it may have been done, whatever became of its repeat. */
function isOpen({ details: { code, status, retryAfterSeconds } }: Failure): boolean {
  return code === undefined || retryAfterSeconds !== undefined || !DECIDES.includes(status);
}

/** Of a stranger's answers, those that refuse or lead elsewhere are answers: the URL is wrong. */
function hasNoAnswer({ exitCode: code, details: { status = 0 } }: Failure): boolean {
  return status >= 500 || (code === exitCode.unreachable && status < 300);
}

/** With what is to be done beside what is hinted already. */
function stillToBeHad(failure: Failure, key: string): Failure {
  const { hint, ...details } = failure.details;
  const again = `If it is done all the same: ${sameCommandWith(key)}`;
  return new Failure(failure.exitCode, failure.message, {
    ...details,
    hint: hint === undefined ? again : `${hint}${hint.endsWith('?') ? '' : '.'} ${again}`,
  });
}
