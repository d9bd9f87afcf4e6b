import { attemptName, type DeliveryJob, isDue, nextJob } from '../../../core/deliveries/delivery.ts';
import type { AttemptOutcome } from '../../../core/figures/destination-figures.ts';
import type { OutgoingRequest } from '../../../core/transform/transformed-request.ts';
import { Semaphore } from '../../shared/semaphore.ts';
import type { DeliveryReader } from '../../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { Waiting } from '../../stores/deliveries/waiting-codec.ts';
import { type AdmissionOptions, type Admitted, admit } from '../admission.ts';
import type { Attempts, MadeAttempt } from '../attempts.ts';
import type { BodiesUnderWay, BodyRoom } from '../bodies-under-way.ts';
import type { Outcomes } from '../outcomes.ts';
import type { Next } from './chunk.ts';

export interface LineDeliveriesOptions extends AdmissionOptions {
  readonly attempts: Attempts;
  readonly outcomes: Outcomes;
  readonly bodies: BodiesUnderWay;
  readonly reader: Pick<DeliveryReader, 'getMany'>;
  readonly now: () => number;
}

/** What came of a delivery that waited in the line. */
export type TurnResult =
  | { readonly kind: 'done'; readonly outcome?: AttemptOutcome }
  /** It keeps its place until its next attempt, and so does everything behind it in its group. */
  | {
      readonly kind: 'waits';
      readonly untilMs: number;
      /** The name of that attempt. */
      readonly next: string;
      readonly outcome?: AttemptOutcome;
    }
  /** Its row has moved on meanwhile: it is to be looked at again. */
  | { readonly kind: 'overtaken'; readonly outcome?: AttemptOutcome }
  /** Its destination takes nothing now. */
  | { readonly kind: 'held' }
  /** Hawser itself has failed on it. It keeps its place, and is tried again then. */
  | { readonly kind: 'stuck'; readonly untilMs: number }
  /** It keeps its place: the run is out of time, or there is no slot for it. */
  | { readonly kind: 'not_begun' };

const DONE = { kind: 'done' } as const;
const OVERTAKEN = { kind: 'overtaken' } as const;
const HELD = { kind: 'held' } as const;
export const NOT_BEGUN = { kind: 'not_begun' } as const;

/**
 * How many requests are prepared at the same time. Transforms run one after the other, each for 5 s at most. When the time of a
 * run is over, up to this many may still have to run, and the function has 70 s left.
 */
const PREPARED_AT_ONCE = 4;

/** What a run knows of a delivery that it takes, and when the delivery's attempt may start. */
export interface AttemptWindow {
  /** The delivery as its row says, if it has one. */
  readonly row: StoredDelivery | undefined;
  /** Its next attempt is a retry by hand, and does not wait for its time. */
  readonly isRetriedByHand: boolean;
  /** When it may be tried again, if Hawser itself has failed on it. */
  readonly stuckUntilMs: number | undefined;
  /** Whether the attempt may start at this time. */
  readonly mayStart: () => boolean;
  /** From when on it may not. */
  readonly closesAtMs: number;
  /** Resolves when the attempt may start; to `false` if it may not start now. */
  readonly waitForSlot: () => Promise<boolean>;
}

/**
 * Takes the deliveries of a line to their attempts. In an order, a delivery that failed keeps its place until it has ended, so
 * its retries have no messages: its row says `retrying`, or `pending` once somebody has retried it by hand, and that stands for
 * the retry.
 */
export class LineDeliveries {
  readonly #options: LineDeliveriesOptions;
  readonly #preparing = new Semaphore(PREPARED_AT_ONCE);

  constructor(options: LineDeliveriesOptions) {
    this.#options = options;
  }

  async take(waiting: Next, window: AttemptWindow): Promise<TurnResult> {
    const { row } = window;
    if (isDue(waiting.job, row)) return this.#attempt(waiting.job, waiting, window);
    // Another entry of the line has made its attempt: a retry by hand beside the due one, or a replay.
    if (!waiting.keepsPlace) return DONE;
    if (row && isBroughtForward(row)) return this.#attempt(nextJob(row), waiting, window);
    if (row?.status !== 'retrying' || row.nextAttemptAtMs === undefined) return DONE;
    const isEarly = row.nextAttemptAtMs > this.#options.now() && !window.isRetriedByHand;
    if (!isEarly) return this.#attempt(nextJob(row), waiting, window);
    return { kind: 'waits', untilMs: row.nextAttemptAtMs, next: attemptName(nextJob(row)) };
  }

  /**
   * Gives up a delivery that can't be processed.
   * @param row the delivery's row when it was tried: that may have been a retry, which has no job of its own in the line
   */
  async giveUp({ job: waiting }: Waiting, row: StoredDelivery | undefined): Promise<TurnResult> {
    const job = !row || isDue(waiting, row) ? waiting : nextJob(row);
    if (await this.#options.attempts.giveUp(job, 'processing_failed')) return DONE;
    // It is still due, but can't be ended: it has been sent again, or it is a retry that was sent before the row recorded the
    // attempt before it. Either way the delivery has another place or message, so this one is done with.
    return (await this.#isStillDue(waiting)) ? DONE : OVERTAKEN;
  }

  async #attempt(job: DeliveryJob, waiting: Waiting, window: AttemptWindow): Promise<TurnResult> {
    if (window.stuckUntilMs !== undefined) return { kind: 'stuck', untilMs: window.stuckUntilMs };
    const early = await this.#admit(job);
    if (!('destination' in early)) return early;
    const within = (room: BodyRoom) => this.#attemptWithin(room, job, waiting, early, window);
    return this.#options.bodies.use(within, window.closesAtMs);
  }

  async #attemptWithin(
    room: BodyRoom,
    job: DeliveryJob,
    waiting: Waiting,
    { destination }: Admitted,
    { mayStart, waitForSlot }: AttemptWindow,
  ): Promise<TurnResult> {
    // Room is taken within, so that few at a time have some of it and may turn out larger. Who has it never waits for this again.
    const prepared = await this.#preparing.use(async () =>
      mayStart() ? this.#options.attempts.prepare({ job }, destination, room) : undefined,
    );
    if (!prepared || prepared.kind === 'no_room') return NOT_BEGUN;
    if (prepared.kind === 'ended') return DONE;
    if (!(await waitForSlot())) return NOT_BEGUN;
    if (room.hasWaited && !(await this.#isStillDue(job))) return OVERTAKEN;
    // A slot may be some seconds away: long enough for somebody to disable or delete the destination.
    const admitted = await this.#admit(job);
    if (!('destination' in admitted)) return admitted;
    // Or to change its template, whose form the request may have.
    if (admitted.destination.updatedAt !== destination.updatedAt) return NOT_BEGUN;
    return this.#make(job, waiting, prepared.request, admitted);
  }

  async #isStillDue(job: DeliveryJob): Promise<boolean> {
    const rows = await this.#options.reader.getMany([job]);
    return isDue(job, rows.get(job.deliveryId));
  }

  /** Cancels a delivery that is not to be sent any more. */
  async #admit(job: DeliveryJob): Promise<TurnResult | Admitted> {
    const admission = await admit(this.#options, job);
    switch (admission.kind) {
      case 'cancel':
        await this.#options.attempts.cancel(job, admission.reason);
        return DONE;
      case 'hold':
        return HELD;
      default:
        return admission;
    }
  }

  async #make(
    job: DeliveryJob,
    { group }: Waiting,
    request: OutgoingRequest,
    { kind, destination }: Admitted,
  ): Promise<TurnResult> {
    const { attempts, breakers, outcomes } = this.#options;
    let made: MadeAttempt | undefined;
    const make = async () => {
      made = await attempts.make({ job }, destination, request, group === undefined ? 'queue' : 'line');
      return made?.outcome;
    };
    await (kind === 'probe' ? breakers.probe(job, make) : make());
    if (!made) return HELD;
    const { outcome } = made;
    await outcomes.observe(job, [outcome]);
    if (group === undefined) return { kind: 'done', outcome };
    // Still due, though its record was refused: a replay has a place of its own in the line, so this one is done with.
    if (made.kind === 'overtaken') return (await this.#isStillDue(job)) ? { kind: 'done', outcome } : made;
    if (made.state.status !== 'retrying') return { kind: 'done', outcome };
    const next = attemptName({ ...job, attempt: job.attempt + 1 });
    return { kind: 'waits', untilMs: made.state.nextAttemptAtMs, next, outcome };
  }
}

/**
 * Whether somebody has retried it by hand. A replay is `pending` too, but its first attempt is still to come, and its place is
 * at the end of the line.
 */
function isBroughtForward({ status, roundStart, attemptCount }: StoredDelivery): boolean {
  return status === 'pending' && roundStart <= attemptCount;
}
