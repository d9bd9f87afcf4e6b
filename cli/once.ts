import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, Failure } from './failure.ts';
import { retryAfter } from './retry.ts';

/** With the repeat, and with one more for a repeat that is told to come back. */
const MAX_TRIES = 3;

/** A repeat that comes while the first is still at work, or has died of it, is refused for so long: docs/api.md, Idempotency. */
const MAX_WAIT_SECONDS = 40;

/**
 * Does once what answers with a secret that is never shown again: where the answer is lost, the same is asked again with the same
 * `Idempotency-Key`, which brings the answer and does nothing more.
 * @param ask with that key
 * @param tell what is waited for, and by which key the secret is had should nobody wait
 * @throws Failure which says how the secret is still to be had
 */
export async function once(ask: (key: string) => Promise<unknown>, tell: (message: string) => void): Promise<unknown> {
  const key = randomUUID();
  let isLost = false;
  for (let tries = 1; ; tries++) {
    try {
      return await ask(key);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const waitMs = isLost ? waitAsTold(error) : waitForLost(error);
      if (waitMs === undefined || tries === MAX_TRIES) throw isLost && isOpen(error) ? stillToBeHad(error, key) : error;
      if (!isLost) tell(`${error.message}. It is asked once more, with Idempotency-Key: ${key}`);
      else tell(`It is to be asked again in ${waitMs / 1_000} s, and will be.`);
      isLost = true;
      await sleep(waitMs);
    }
  }
}

function waitForLost(failure: Failure): number | undefined {
  return hasNoAnswer(failure) && !failure.details.isUnsent ? retryAfter(0) : undefined;
}

/** Of a repeat: what else it could be answered, it would be again. */
function waitAsTold({ details: { code, retryAfterSeconds = Infinity } }: Failure): number | undefined {
  return code === 'CONFLICT' && retryAfterSeconds <= MAX_WAIT_SECONDS ? retryAfterSeconds * 1_000 : undefined;
}

/** Whether it may have been done. Another refusal is that of the first, too. */
function isOpen(failure: Failure): boolean {
  return hasNoAnswer(failure) || failure.details.retryAfterSeconds !== undefined;
}

/** Of a stranger's answers, those that refuse or lead elsewhere are answers: the URL is wrong. */
function hasNoAnswer({ exitCode: code, details: { status = 0 } }: Failure): boolean {
  return status >= 500 || (code === exitCode.unreachable && status < 300);
}

function stillToBeHad(failure: Failure, key: string): Failure {
  const { hint, ...details } = failure.details;
  const again = `If it is done all the same, the same POST with the header Idempotency-Key: ${key} shows its secret for a day`;
  return new Failure(failure.exitCode, failure.message, {
    ...details,
    hint: hint === undefined ? again : `${hint}${hint.endsWith('?') ? '' : '.'} ${again}`,
  });
}
