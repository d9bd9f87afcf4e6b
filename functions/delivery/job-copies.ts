import { attemptName, type DeliveryJob } from '../../core/deliveries/delivery.ts';
import { addNewest } from '../shared/newest-entries.ts';
import type { MadeAttempt } from './attempts.ts';

/** An attempt that was made, and whether its record stands. */
type Made = Pick<MadeAttempt, 'kind' | 'outcome'>;

interface Attempt {
  readonly name: string;
  /** `undefined` if none was made. */
  readonly made: Promise<Made | undefined>;
}

interface Handling {
  readonly run: () => Promise<Made | undefined>;
  /** For a job that has waited for another in vain. It may still be due: the other was held, say, and has been released. */
  readonly sendOn: () => Promise<void>;
}

/** About 2 MB; at 1,000 attempts a second those of the last ten seconds, and whatever is under way. */
const MAX_REMEMBERED = 10_000;

/**
 * The attempts that this function instance makes, and those it made last.
 *
 * A message has copies if SQS delivers it twice, or if a stream batch whose messages were already sent runs again. The row
 * reveals a copy that comes late. It can't reveal two that are handled at the same moment, because the row is read first and
 * the attempt is recorded last. If copies meet in one instance, one makes the attempt and the others wait for its outcome,
 * which costs no read and no write. Instances do not know of each other.
 *
 * One that has waited and is still to be done is sent on as a fresh message, because a function has no time for two long attempts
 * one after the other. If it runs out of time, what is under way in its batch is not recorded.
 */
export class JobCopies {
  readonly #attempts = new Map<string, Attempt>();

  /**
   * @returns the attempt, if this call has made one
   * @throws what `run` throws, for each copy that waited for it: all of them must come back
   */
  async once(job: DeliveryJob, { run, sendOn }: Handling): Promise<Made | undefined> {
    const name = attemptName(job);
    // A very first attempt may be made in place of a replay, whose attempt has another name: `isDue` of core/deliveries/delivery.ts.
    const key = job.attempt === 1 ? job.deliveryId : name;
    const other = this.#attempts.get(key);
    if (other) {
      const made = await other.made;
      // A first attempt that failed, or was cancelled while it was made, does not take the place of a replay.
      if (made?.kind === 'stands' || (made && other.name === name)) return undefined;
      this.#forget(key, other);
      return void (await sendOn());
    }
    const attempt = { name, made: run() };
    addNewest(this.#attempts, key, attempt, MAX_REMEMBERED);
    const forget = () => this.#forget(key, attempt);
    attempt.made.then((made) => made || forget(), forget);
    return attempt.made;
  }

  #forget(key: string, attempt: Attempt): void {
    if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
  }
}
