import type { ClientAnswer } from '../../core/clients/client-answer.ts';
import type { JudgedOutcome } from './destination-type.ts';
import { verdictOf } from './http-response.ts';

/**
 * The pause between two reads, which doubles up to the maximum. Within 10 s that makes 23 reads of one read unit each,
 * $0.0000029 in all; the waiting function costs twenty times that. Few clients have a program behind them, and most of those run
 * on laptops.
 */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;

export interface AnswerWait {
  /** What a client has reported so far. */
  readonly readAnswer: () => Promise<ClientAnswer | undefined>;
  readonly msLeft: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Waits until a client reports the outcome of an attempt. If there are several clients, the first report seen decides. Later
 * reports are only shown beside the attempt. The last read is at the deadline.
 */
export async function awaitAnswer({ readAnswer, msLeft, pause }: AnswerWait): Promise<ClientAnswer | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    await pause(Math.min(pauseMs, msLeft()));
    const answer = await readAnswer();
    if (answer || msLeft() <= 0) return answer;
  }
}

/**
 * Judges the answer as if the program behind the client were the receiver, except for a 410. That does not disable the
 * destination, because other clients may be connected to it, now or tomorrow. An error that a client reports is never treated as
 * permanent.
 * @param answer `undefined` if none came in time
 */
export function outcomeOfAnswer(
  answer: ClientAnswer | undefined,
  { timeoutSeconds, nowMs }: { readonly timeoutSeconds: number; readonly nowMs: number },
): JudgedOutcome {
  if (answer?.response) return { response: answer.response, verdict: verdictOf(answer.response, nowMs) };
  const message = `a client received the webhook, but reported no outcome within ${timeoutSeconds} s`;
  return {
    error: answer?.error ?? { code: 'TIMEOUT', message },
    verdict: { kind: 'failed', failure: 'temporary', retryAfterSeconds: 0 },
  };
}
