import type { DeliveryJob } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { type AdmissionOptions, admit } from './admission.ts';
import { type DueOptions, isDueNow } from './job-due.ts';
import type { Received } from './received.ts';

export interface JobRunnerOptions extends AdmissionOptions, DueOptions {
  readonly log: DeliveryLog;
  readonly now: () => number;
}

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
    const { attempts, breakers } = this.#options;
    if (!(await isDueNow(this.#options, received, row))) return undefined;
    const admission = await admit(this.#options, job);
    if (admission.kind === 'cancel') return void (await attempts.cancel(job, admission.reason));
    if (message.failure !== undefined) return void (await attempts.giveUp(job, 'filter_failed', message.failure));
    if (admission.kind === 'hold') return this.#hold(job, row);
    const request = await attempts.prepare(message, admission.destination);
    if (!request) return undefined;
    const make = async () => (await attempts.make(message, admission.destination, request))?.outcome;
    const outcome = await (admission.kind === 'send' ? make() : breakers.probe(job, make));
    return outcome ?? this.#hold(job, row);
  }

  async #hold(job: DeliveryJob, row: StoredDelivery | undefined): Promise<undefined> {
    const { log, now } = this.#options;
    await log.hold(job, row, now());
  }
}
