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

/** About 2 MB; at 1,000 attempts a second those of the last ten seconds, and whatever is under way. */
const MAX_REMEMBERED = 10_000;

/**
 * The attempts that this function instance makes, and those it made last.
 *
 * A message has copies if SQS delivers it twice, or if a stream batch whose messages were already sent runs again. The row
 * reveals a copy that comes late. It can't reveal two that are handled at the same moment, because the row is read first and
 * the attempt is recorded last. If copies meet in one instance, one makes the attempt and the others wait for its outcome,
 * which costs no read and no write. Instances do not know of each other.
 */
export class JobCopies {
  readonly #attempts = new Map<string, Attempt>();

  /**
   * @param run does the job. A copy runs only if the copies before it have made no attempt: what was held or cancelled may be
   *   due again. If it has waited for them, what was known before may have changed
   * @returns the attempt, if this call has made one
   * @throws what `run` throws, for each copy that waited for it: all of them must come back
   */
  async once(job: DeliveryJob, run: (hasWaited: boolean) => Promise<Made | undefined>): Promise<Made | undefined> {
    let hasWaited = false;
    const name = attemptName(job);
    // A very first attempt may be made in place of a replay, whose attempt has another name: `isDue` of core/deliveries/delivery.ts.
    const key = job.attempt === 1 ? job.deliveryId : name;
    for (let other = this.#attempts.get(key); other; other = this.#attempts.get(key)) {
      const made = await other.made;
      hasWaited = true;
      // A first attempt that failed, or was cancelled while it was made, does not take the place of a replay.
      if (made?.kind === 'stands' || (made && other.name === name)) return undefined;
      if (this.#attempts.get(key) === other) this.#attempts.delete(key);
    }
    const attempt = { name, made: run(hasWaited) };
    addNewest(this.#attempts, key, attempt, MAX_REMEMBERED);
    const forget = () => {
      if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
    };
    attempt.made.then((made) => made || forget(), forget);
    return attempt.made;
  }
}
