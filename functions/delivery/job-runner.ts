import { type DeliveryJob, isDue } from '../../core/delivery.ts';
import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { type AdmissionOptions, admit } from './admission.ts';
import type { Attempts } from './attempts.ts';
import type { Retries } from './retries.ts';

export interface JobRunnerOptions extends AdmissionOptions {
  readonly attempts: Attempts;
  readonly log: DeliveryLog;
  readonly retries: Retries;
  readonly now: () => number;
}

/**
 * A message that comes back this often is one whose processing itself fails. The queue's redrive policy would take it away
 * at the sixth receive without a word in the log; so the fifth makes it a dead letter like any other.
 */
export const POISON_RECEIVE_COUNT = 5;

/** Does one job: makes its attempt, holds it, or ends its delivery. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** @returns what came of the attempt, if one was made */
  async run(
    message: DeliveryMessage,
    row: StoredDelivery | undefined,
    receiveCount: number,
  ): Promise<AttemptOutcome | undefined> {
    const { job } = message;
    const { attempts, retries, breakers } = this.#options;
    if (!isDue(job, row)) return undefined;
    if (await retries.postponed(message)) return undefined;
    if (receiveCount >= POISON_RECEIVE_COUNT) return void (await attempts.giveUp(job, 'processing_failed'));
    const admission = await admit(this.#options, job);
    if (admission.kind === 'cancel') return void (await attempts.cancel(job, admission.reason));
    if (admission.kind === 'hold') return this.#hold(job, row);
    const request = await attempts.request(message);
    if (!request) return void (await attempts.giveUp(job, 'event_expired'));
    const make = async () => (await attempts.make(message, admission.destination, request)).outcome;
    if (admission.kind === 'send') return make();
    return (await breakers.probe(job, make)) ?? this.#hold(job, row);
  }

  async #hold(job: DeliveryJob, row: StoredDelivery | undefined): Promise<undefined> {
    const { log, now } = this.#options;
    await log.hold(job, row, now());
  }
}
