import { attemptName, type DeliveryJob } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import { keepNewest } from '../shared/newest-entries.ts';

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
  /** Each resolves with whether an attempt was made and recorded. */
  readonly #attempts = new Map<string, Promise<boolean>>();

  /**
   * @param run does the job. A copy runs only if the copies before it have made no attempt: what was held or cancelled may be
   *   due again
   * @returns the outcome of the attempt, if this call has made one
   * @throws what `run` throws, for each copy that waited for it: all of them must come back
   */
  async once(job: DeliveryJob, run: () => Promise<AttemptOutcome | undefined>): Promise<AttemptOutcome | undefined> {
    // A very first attempt may be made in place of a replay, whose attempt has another name: `isDue` of core/delivery.ts.
    const key = job.attempt === 1 ? job.deliveryId : attemptName(job);
    for (let other = this.#attempts.get(key); other; other = this.#attempts.get(key)) {
      if (await other) return undefined;
    }
    const running = run();
    const made = running.then((outcome) => outcome !== undefined);
    keepNewest(this.#attempts, key, made, MAX_REMEMBERED);
    const forget = () => {
      if (this.#attempts.get(key) === made) this.#attempts.delete(key);
    };
    made.then((isMade) => isMade || forget(), forget);
    return running;
  }
}
