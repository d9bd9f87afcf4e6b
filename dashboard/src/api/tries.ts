import { api } from './client.ts';
import { asSentence, hasNoAnswer, leavesOpen, Problem } from './problem.ts';

/** A POST that is done once, however often it is sent as it is. */
export type Post = <Answer>(path: string, body?: unknown) => Promise<Answer>;

/**
 * How long one that may have been done can be sent again. Who comes back to an alert after that had better look first; the API
 * would know the key for a day. docs/api.md, Idempotency
 */
const SENT_AGAIN_MS = 15 * 60_000;

/** By the clock on the wall, which goes on while the machine sleeps. */
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

interface Try {
  readonly body: string;
  readonly key: string;
  readonly untilMs: number;
  mayBeDone: boolean;
}

/**
 * The POSTs of one action of one person of which it is not known what came of them, and their `Idempotency-Key`s.
 *
 * A key that outlived what the person sees of it would turn the next, wanted one of the same path and body, as are most, into nothing:
 * the API repeats the old answer, which says success. So it lives as the alert does that says that it can be sent again: in the
 * action (`useAction`), which forgets both at once. The alert names the time until which that holds, as no timer is to be trusted
 * in a tab that sleeps. So what it says is true whenever it is read.
 */
export class Tries {
  /** By path: what was changed before it was sent again is another request, and the one before is given up. */
  readonly #open = new Map<string, Try>();

  /** @throws Problem that says so where it may have been done */
  readonly post: Post = async (path, body = {}) => {
    const one = this.#of(path, JSON.stringify(body));
    try {
      const answer = await api.post<never>(path, body, one.key);
      this.#open.delete(path);
      return answer;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (isSettled(error)) {
        this.#open.delete(path);
        throw error;
      }
      one.mayBeDone ||= mayBeDone(error);
      throw one.mayBeDone ? told(error, one) : error;
    }
  };

  #of(path: string, body: string): Try {
    const before = this.#open.get(path);
    if (before?.body === body && Date.now() < before.untilMs) return before;
    const one = { body, key: newKey(), untilMs: Date.now() + SENT_AGAIN_MS, mayBeDone: false };
    this.#open.set(path, one);
    return one;
  }
}

/**
 * Whether it is known what came of a request, by what the API keeps under its key: that it was done, that there is no such thing, or that
 * the state of things is against it. Any other refusal is of the one try alone, such as that the session has ended.
 */
function isSettled(problem: Problem): boolean {
  return !hasNoAnswer(problem) && [404, 409].includes(problem.status) && !problem.isPassing;
}

/** Of one that is not settled: also where one like it is still running. */
function mayBeDone(problem: Problem): boolean {
  return leavesOpen(problem) || problem.status === 409;
}

function told(problem: Problem, { untilMs }: Try): Problem {
  const until = clock.format(untilMs);
  const message = `${asSentence(problem.message)} It may have been done all the same: sent again as it is before ${until}, it is not done twice.`;
  return new Problem(message, { ...problem, mayBeDone: true });
}

/** `crypto.randomUUID` is there only on HTTPS and on the machine itself, and Hawser may be looked at from another one. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
