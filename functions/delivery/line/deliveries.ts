import { attemptName, type DeliveryJob, isDue, nextJob } from '../../../core/deliveries/delivery.ts';
import type { RetryPlace } from '../../stores/deliveries/delivery-conditions.ts';
import type { DeliveryReader } from '../../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { AttemptRunner, AttemptWindow } from '../attempt-runner.ts';
import type { Attempts, MadeAttempt } from '../attempts.ts';
import type { Outcomes } from '../outcomes.ts';
import type { Next } from './chunk.ts';
import { NOT_BEGUN, type TurnResult } from './results.ts';

export interface LineDeliveriesOptions {
  readonly attempts: Pick<Attempts, 'giveUp'>;
  readonly attemptRunner: AttemptRunner;
  readonly outcomes: Outcomes;
  readonly reader: Pick<DeliveryReader, 'getMany'>;
  readonly now: () => number;
}

const DONE = { kind: 'done' } as const;
const OVERTAKEN = { kind: 'overtaken' } as const;

/** What a run knows of a delivery when it is that delivery's turn. */
export interface KnownDelivery {
  /** The delivery as its row says, if it has one. */
  readonly row: StoredDelivery | undefined;
  /** Its next attempt is a retry by hand, and does not wait for its time. */
  readonly isRetriedByHand: boolean;
  /** When it may be tried again, if Hawser itself has failed on it. */
  readonly stuckUntilMs: number | undefined;
}

/**
 * Takes the deliveries of a line to their attempts. In an order, a delivery that failed keeps its place until it has ended, so
 * its retries have no messages: its row says `retrying`, or `pending` once somebody has retried it by hand, and that stands for
 * the retry.
 */
export class LineDeliveries {
  readonly #options: LineDeliveriesOptions;

  constructor(options: LineDeliveriesOptions) {
    this.#options = options;
  }

  async take(waiting: Next, known: KnownDelivery, window: AttemptWindow): Promise<TurnResult> {
    const { row } = known;
    if (isDue(waiting.job, row)) return this.#attempt(waiting.job, waiting, known, window);
    // Another entry of the line has made its attempt: a retry by hand beside the due one, or a replay.
    if (!waiting.keepsPlace) return DONE;
    if (row && isBroughtForward(row)) return this.#attempt(nextJob(row), waiting, known, window);
    if (row?.status !== 'retrying' || row.nextAttemptAtMs === undefined) return DONE;
    const isEarly = row.nextAttemptAtMs > this.#options.now() && !known.isRetriedByHand;
    if (!isEarly) return this.#attempt(nextJob(row), waiting, known, window);
    return { kind: 'waits', untilMs: row.nextAttemptAtMs, next: attemptName(nextJob(row)) };
  }

  /**
   * Gives up a delivery that can't be processed.
   * @param row the delivery's row when it was tried: that may have been a retry, which has no job of its own in the line
   */
  async giveUp({ job: waiting }: LineEntry, row: StoredDelivery | undefined): Promise<TurnResult> {
    const job = !row || isDue(waiting, row) ? waiting : nextJob(row);
    if (await this.#options.attempts.giveUp(job, 'processing_failed')) return DONE;
    // It is still due, but can't be ended: it has been sent again, or it is a retry that was sent before the row recorded the
    // attempt before it. Either way the delivery has another place or message, so this one is done with.
    return (await this.#isStillDue(waiting)) ? DONE : OVERTAKEN;
  }

  async #attempt(
    job: DeliveryJob,
    { group }: LineEntry,
    { row, stuckUntilMs }: KnownDelivery,
    window: AttemptWindow,
  ): Promise<TurnResult> {
    if (stuckUntilMs !== undefined) return { kind: 'stuck', untilMs: stuckUntilMs };
    const retryPlace = group === undefined ? 'queue' : 'line';
    const result = await this.#options.attemptRunner.run({ message: { job }, row, retryPlace }, window);
    switch (result.kind) {
      case 'made':
        return this.#afterAttempt(job, result.attempt, retryPlace);
      case 'ended':
        return DONE;
      case 'held':
        return { kind: 'held' };
      case 'overtaken':
        return OVERTAKEN;
      case 'destination_changed':
      case 'no_room':
      case 'not_started':
        return NOT_BEGUN;
    }
  }

  async #afterAttempt(job: DeliveryJob, made: MadeAttempt, retryPlace: RetryPlace): Promise<TurnResult> {
    const { outcome } = made;
    await this.#options.outcomes.observe(job, [outcome]);
    if (retryPlace === 'queue') return { kind: 'done', outcome };
    // Still due, though its record was refused: a replay has a place of its own in the line, so this one is done with.
    if (made.kind === 'overtaken') return (await this.#isStillDue(job)) ? { kind: 'done', outcome } : made;
    if (made.state.status !== 'retrying') return { kind: 'done', outcome };
    const next = attemptName({ ...job, attempt: job.attempt + 1 });
    return { kind: 'waits', untilMs: made.state.nextAttemptAtMs, next, outcome };
  }

  async #isStillDue(job: DeliveryJob): Promise<boolean> {
    const rows = await this.#options.reader.getMany([job]);
    return isDue(job, rows.get(job.deliveryId));
  }
}

/**
 * Whether somebody has retried it by hand. A replay is `pending` too, but its first attempt is still to come, and its place is
 * at the end of the line.
 */
function isBroughtForward({ status, roundStart, attemptCount }: StoredDelivery): boolean {
  return status === 'pending' && roundStart <= attemptCount;
}
