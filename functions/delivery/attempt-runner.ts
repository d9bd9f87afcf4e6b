import { isDue } from '../../core/deliveries/delivery.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import { Semaphore } from '../shared/semaphore.ts';
import type { RetryPlace } from '../stores/deliveries/delivery-conditions.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { type AdmissionOptions, type Admitted, admit } from './admission.ts';
import type { Attempts, MadeAttempt, Prepared } from './attempts.ts';
import type { BodiesUnderWay, BodyRoom } from './bodies-under-way.ts';

export interface AttemptRunnerOptions extends AdmissionOptions {
  readonly attempts: Attempts;
  readonly bodies: BodiesUnderWay;
  readonly reader: Pick<DeliveryReader, 'getMany'>;
}

/** A job that is due. */
export interface DueJob {
  readonly message: DeliveryMessage;
  /** The delivery's row, if it has one. */
  readonly row: StoredDelivery | undefined;
  readonly retryPlace: RetryPlace;
}

/** When an attempt in a line may start. */
export interface AttemptWindow {
  /** Whether the attempt may start at this time. */
  readonly mayStart: () => boolean;
  /** From when on it may not. */
  readonly closesAtMs: number;
  /** Resolves when the attempt may start; to `false` if it may not start now. */
  readonly waitForSlot: () => Promise<boolean>;
}

export type AttemptResult =
  | { readonly kind: 'made'; readonly attempt: MadeAttempt }
  /** The delivery has been cancelled or given up instead. */
  | { readonly kind: 'ended' }
  /** Its destination takes nothing now. The caller must see to it that the delivery is held. */
  | { readonly kind: 'held'; readonly row: StoredDelivery | undefined }
  /** The delivery's row has moved on meanwhile: the job is no longer due. */
  | { readonly kind: 'overtaken' }
  /** The destination has been changed meanwhile. The request may be in the form that its template asked for before. */
  | { readonly kind: 'destination_changed' }
  /** Other deliveries held all the memory for as long as this one could wait. */
  | { readonly kind: 'no_room' }
  /** Its window was closed, or had no slot for it. */
  | { readonly kind: 'not_started' };

const OVERTAKEN = { kind: 'overtaken' } as const;
const NOT_STARTED = { kind: 'not_started' } as const;

/**
 * How many requests of lines are prepared at the same time. Transforms run one after the other, each for 5 s at most. When the
 * time of a run is over, up to this many may still have to run, and the function has 70 s left.
 */
const PREPARED_AT_ONCE = 4;

/**
 * Takes a due job to its attempt: asks whether its destination takes it, waits for memory, prepares the request, waits for a slot
 * if the job is in a line, and makes the attempt. What was asked before a wait is asked again after it.
 */
export class AttemptRunner {
  readonly #options: AttemptRunnerOptions;
  readonly #preparing = new Semaphore(PREPARED_AT_ONCE);

  constructor(options: AttemptRunnerOptions) {
    this.#options = options;
  }

  /** @param window if the job is in a line */
  async run(due: DueJob, window?: AttemptWindow): Promise<AttemptResult> {
    const admitted = await this.#admit(due);
    if (!('destination' in admitted)) return admitted;
    const { bodies } = this.#options;
    return bodies.use((room) => this.#runWithin(room, due, admitted, window), window?.closesAtMs);
  }

  /** Ends a delivery that is not to be sent any more. */
  async #admit({ message, row }: DueJob): Promise<AttemptResult | Admitted> {
    const { attempts } = this.#options;
    const { job, failure } = message;
    const admission = await admit(this.#options, job);
    if (admission.kind === 'cancel') {
      await attempts.cancel(job, admission.reason);
      return { kind: 'ended' };
    }
    if (failure !== undefined) {
      await attempts.giveUp(job, 'filter_failed', failure);
      return { kind: 'ended' };
    }
    return admission.kind === 'hold' ? { kind: 'held', row } : admission;
  }

  async #runWithin(
    room: BodyRoom,
    due: DueJob,
    admitted: Admitted,
    window: AttemptWindow | undefined,
  ): Promise<AttemptResult> {
    const prepared = await this.#prepare(due.message, admitted.destination, room, window);
    if (prepared.kind !== 'ready') return prepared;
    const { request } = prepared;
    if (window && !(await window.waitForSlot())) return NOT_STARTED;
    // A slot may be some seconds away, as room may be.
    return window || room.hasWaited
      ? this.#makeAfterWait(room, due, admitted, request)
      : this.#make(due, admitted, request);
  }

  async #prepare(
    message: DeliveryMessage,
    destination: Deliverable,
    room: BodyRoom,
    window: AttemptWindow | undefined,
  ): Promise<Prepared | typeof NOT_STARTED> {
    const { attempts } = this.#options;
    if (!window) return attempts.prepare(message, destination, room);
    // Room is taken within, so that few at a time have some of it and may turn out larger. Who has it never waits for this again.
    return this.#preparing.use(async () =>
      window.mayStart() ? attempts.prepare(message, destination, room) : NOT_STARTED,
    );
  }

  /** Meanwhile the delivery may have been cancelled, and its destination disabled, deleted or changed. */
  async #makeAfterWait(
    room: BodyRoom,
    due: DueJob,
    { destination }: Admitted,
    request: OutgoingRequest,
  ): Promise<AttemptResult> {
    const current = room.hasWaited ? await this.#stillDue(due) : due;
    if (!current) return OVERTAKEN;
    const admitted = await this.#admit(current);
    if (!('destination' in admitted)) return admitted;
    if (admitted.destination.updatedAt !== destination.updatedAt) return { kind: 'destination_changed' };
    return this.#make(current, admitted, request);
  }

  /** @returns the job with its delivery's present row; `undefined` if it is no longer due */
  async #stillDue(due: DueJob): Promise<DueJob | undefined> {
    const { job } = due.message;
    const row = (await this.#options.reader.getMany([job])).get(job.deliveryId);
    return isDue(job, row) ? { ...due, row } : undefined;
  }

  async #make(
    { message, row, retryPlace }: DueJob,
    { kind, destination }: Admitted,
    request: OutgoingRequest,
  ): Promise<AttemptResult> {
    const { attempts, breakers } = this.#options;
    let attempt: MadeAttempt | undefined;
    const make = async () => {
      attempt = await attempts.make(message, destination, request, retryPlace);
      return attempt?.outcome;
    };
    await (kind === 'probe' ? breakers.probe(message.job, make) : make());
    return attempt ? { kind: 'made', attempt } : { kind: 'held', row };
  }
}
