import type { DeliveryJob } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { type AdmissionOptions, type Admitted, admit } from './admission.ts';
import type { BodiesUnderWay, BodyRoom } from './bodies-under-way.ts';
import { type DueOptions, isDueNow } from './job-due.ts';
import type { Received } from './received.ts';

export interface JobRunnerOptions extends AdmissionOptions, DueOptions {
  readonly log: DeliveryLog;
  readonly bodies: BodiesUnderWay;
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

  /** @returns the outcome of the attempt, if one was made */
  async run(received: Received<DeliveryMessage>, row: StoredDelivery | undefined): Promise<AttemptOutcome | undefined> {
    const { message } = received;
    const { job } = message;
    const { attempts } = this.#options;
    if (!(await isDueNow(this.#options, received, row))) return undefined;
    const admission = await admit(this.#options, job);
    if (admission.kind === 'cancel') return void (await attempts.cancel(job, admission.reason));
    if (message.failure !== undefined) return void (await attempts.giveUp(job, 'filter_failed', message.failure));
    if (admission.kind === 'hold') return this.#hold(job, row);
    return this.#options.bodies.use((room) => this.#attempt(message, admission, row, room));
  }

  async #attempt(
    message: DeliveryMessage,
    { kind, destination }: Admitted,
    row: StoredDelivery | undefined,
    room: BodyRoom,
  ): Promise<AttemptOutcome | undefined> {
    const { attempts, breakers, retries } = this.#options;
    const { job } = message;
    const prepared = await attempts.prepare(message, destination, room);
    if (prepared.kind === 'no_room') return void (await retries.send(message, NO_ROOM_SECONDS));
    if (prepared.kind === 'ended') return undefined;
    // The destination stopped admitting it during the wait. A fresh copy of the message is then cancelled or held.
    if (room.hasWaited && !('destination' in (await admit(this.#options, job))))
      return void (await retries.send(message, 0));
    const make = async () => (await attempts.make(message, destination, prepared.request))?.outcome;
    const outcome = await (kind === 'send' ? make() : breakers.probe(job, make));
    return outcome ?? this.#hold(job, row);
  }

  async #hold(job: DeliveryJob, row: StoredDelivery | undefined): Promise<undefined> {
    const { log, now } = this.#options;
    await log.hold(job, row, now());
  }
}
