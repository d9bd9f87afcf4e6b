import type { ClientAnswer } from '../../core/clients/client-answer.ts';
import type { JudgedOutcome } from './destination-type.ts';
import { verdictOf } from './http-answer.ts';

/**
 * Pauses between looks, doubling. Within 10 s that is 23 looks of one read unit, $0.0000029; the function that waits costs twenty
 * times that. Programs behind clients are few: most are on laptops.
 */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

export interface Awaiting {
  /** What a client has told by now. */
  readonly look: () => Promise<ClientAnswer | undefined>;
  readonly msLeft: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Waits for what a client tells of an attempt. Of several clients the first one that is seen decides; what the others tell later is
 * shown beside the attempt. The last look is at the deadline.
 */
export async function awaitedAnswer({ look, msLeft, pause }: Awaiting): Promise<ClientAnswer | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    await pause(Math.min(pauseMs, msLeft()));
    const answer = await look();
    if (answer || msLeft() <= 0) return answer;
  }
}

/**
 * The answer as if the program behind the client had been sent to, but for a 410: that ends no destination, to which other clients
 * may be connected, or be tomorrow. What a client names a failure is never taken for one that lasts.
 * @param answer `undefined` where none has come in time
 */
export function resultOfAnswer(
  answer: ClientAnswer | undefined,
  { timeoutSeconds, nowMs }: { readonly timeoutSeconds: number; readonly nowMs: number },
): JudgedOutcome {
  if (answer?.response) return { response: answer.response, verdict: verdictOf(answer.response, nowMs) };
  const message = `a client has the webhook, and has not told within ${timeoutSeconds} s what came of it`;
  return {
    error: answer?.error ?? { code: 'TIMEOUT', message },
    verdict: { kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 },
  };
}
