import { type DeliveryJob, isDue } from '../../core/deliveries/delivery.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { type AdmissionOptions, type Admitted, admit } from './admission.ts';
import type { MadeAttempt } from './attempts.ts';
import type { BodiesUnderWay, BodyRoom } from './bodies-under-way.ts';
import { type ClaimOptions, claimIfDue } from './claim-job.ts';
import type { Received } from './received.ts';

export interface JobRunnerOptions extends AdmissionOptions, ClaimOptions {
  readonly log: DeliveryLog;
  readonly bodies: BodiesUnderWay;
  readonly reader: Pick<DeliveryReader, 'getMany'>;
  readonly now: () => number;
}

/** A message that found no room in memory comes back after this time, to another instance or to this one once others are done. */
const NO_ROOM_SECONDS = 10;

/** Does one job: makes its attempt, holds it, or ends its delivery. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** @returns the attempt, if one was made */
  async run(received: Received<DeliveryMessage>, row: StoredDelivery | undefined): Promise<MadeAttempt | undefined> {
    const { message } = received;
    if (!(await claimIfDue(this.#options, received, row))) return undefined;
    const admitted = await this.#admit(message, row);
    return admitted && this.#options.bodies.use((room) => this.#attempt(message, admitted, row, room));
  }

  /** @returns `undefined` if no attempt is to be made: the delivery has been ended or held */
  async #admit({ job, failure }: DeliveryMessage, row: StoredDelivery | undefined): Promise<Admitted | undefined> {
    const { attempts } = this.#options;
    const admission = await admit(this.#options, job);
    if (admission.kind === 'cancel') return void (await attempts.cancel(job, admission.reason));
    if (failure !== undefined) return void (await attempts.giveUp(job, 'filter_failed', failure));
    if (admission.kind === 'hold') return this.#hold(job, row);
    return admission;
  }

  async #attempt(
    message: DeliveryMessage,
    admitted: Admitted,
    row: StoredDelivery | undefined,
    room: BodyRoom,
  ): Promise<MadeAttempt | undefined> {
    const { attempts, delayedSender, reader } = this.#options;
    const { job } = message;
    const prepared = await attempts.prepare(message, admitted.destination, room);
    if (prepared.kind === 'no_room') return void (await delayedSender.sendAfter(message, NO_ROOM_SECONDS));
    if (prepared.kind === 'ended') return undefined;
    if (!room.hasWaited) return this.#make(message, admitted, prepared.request, row);
    // Meanwhile the delivery may have been cancelled, and its destination disabled or changed.
    const newRow = (await reader.getMany([job])).get(job.deliveryId);
    const newlyAdmitted = isDue(job, newRow) ? await this.#admit(message, newRow) : undefined;
    if (!newlyAdmitted) return undefined;
    // The request may be in the form that the template asked for before. A fresh copy of the message gets the new one.
    if (newlyAdmitted.destination.updatedAt !== admitted.destination.updatedAt)
      return void (await delayedSender.sendAfter(message, 0));
    return this.#make(message, newlyAdmitted, prepared.request, newRow);
  }

  async #make(
    message: DeliveryMessage,
    { kind, destination }: Admitted,
    request: OutgoingRequest,
    row: StoredDelivery | undefined,
  ): Promise<MadeAttempt | undefined> {
    const { attempts, breakers } = this.#options;
    let made: MadeAttempt | undefined;
    const make = async () => {
      made = await attempts.make(message, destination, request);
      return made?.outcome;
    };
    await (kind === 'send' ? make() : breakers.probe(message.job, make));
    return made ?? this.#hold(message.job, row);
  }

  async #hold(job: DeliveryJob, row: StoredDelivery | undefined): Promise<undefined> {
    const { log, now } = this.#options;
    await log.hold(job, row, now());
  }
}
