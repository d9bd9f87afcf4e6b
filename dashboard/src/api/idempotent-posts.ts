import { api } from './client.ts';
import { asSentence, hasNoResponse, isOutcomeUnknown, Problem } from './problem.ts';

/** Sends a POST that is done only once, however often it is sent unchanged. */
export type Post = <Answer>(path: string, body?: unknown) => Promise<Answer>;

/**
 * How long a POST that may have been done can be sent again. Somebody who returns to an alert later had better look first. The
 * API itself would remember the key for a day: docs/api.md, Idempotency.
 */
const RESEND_MS = 15 * 60_000;

/** Uses wall-clock time, which goes on while the machine sleeps. */
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

interface OpenPost {
  readonly body: string;
  readonly key: string;
  readonly untilMs: number;
  mayBeDone: boolean;
}

/**
 * One person's POSTs of one action whose outcome is not known, with their `Idempotency-Key`s.
 *
 * Most POSTs of an action have the same path and body. If a key outlived what the person sees of it, the next POST would do
 * nothing although it is wanted: the API would repeat the old response, which says success. So the key lives as long as the alert
 * that says it can be sent again. Both belong to the action (`useAction`), which forgets them at once. The alert names a time,
 * because timers can't be trusted in a tab that sleeps. So it is true whenever it is read.
 */
export class IdempotentPosts {
  /** By path. If the body is changed before it is sent again, it is a new request, and the one before is given up. */
  readonly #open = new Map<string, OpenPost>();

  /** @throws Problem that says so if it may have been done */
  readonly post: Post = async (path, body = {}) => {
    const one = this.#openPost(path, JSON.stringify(body));
    try {
      const response = await api.post<never>(path, body, one.key);
      this.#open.delete(path);
      return response;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (isSettled(error)) {
        this.#open.delete(path);
        throw error;
      }
      one.mayBeDone ||= mayBeDone(error);
      throw one.mayBeDone ? withResendNotice(error, one) : error;
    }
  };

  #openPost(path: string, body: string): OpenPost {
    const before = this.#open.get(path);
    if (before?.body === body && Date.now() < before.untilMs) return before;
    const one = { body, key: newKey(), untilMs: Date.now() + RESEND_MS, mayBeDone: false };
    this.#open.set(path, one);
    return one;
  }
}

/**
 * Whether the outcome of a request is known, going by the responses that the API stores under a key: it was done, the thing does
 * not exist, or its state does not allow it. Any other refusal, such as an ended session, concerns only that one try.
 */
function isSettled(problem: Problem): boolean {
  return !hasNoResponse(problem) && [404, 409].includes(problem.status) && !problem.isTemporary;
}

/** For a request that is not settled. True also if the same request is still running. */
function mayBeDone(problem: Problem): boolean {
  return isOutcomeUnknown(problem) || problem.status === 409;
}

function withResendNotice(problem: Problem, { untilMs }: OpenPost): Problem {
  const until = clock.format(untilMs);
  const message = `${asSentence(problem.message)} It may have been done anyway. If you send it again unchanged before ${until}, it is not done twice.`;
  return new Problem(message, { ...problem, mayBeDone: true });
}

/** `crypto.randomUUID` exists only on HTTPS and on the local machine, but Hawser may be opened from another one. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
