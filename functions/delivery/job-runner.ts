import type { DeliveryMessage } from '../messages/delivery.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { AttemptRunner } from './attempt-runner.ts';
import type { MadeAttempt } from './attempts.ts';
import { type ClaimOptions, claimIfDue } from './claim-job.ts';
import type { Received } from './received.ts';

export interface JobRunnerOptions extends ClaimOptions {
  readonly attemptRunner: AttemptRunner;
}

/** A message that found no room in memory comes back after this time, to another instance or to this one once others are done. */
const NO_ROOM_SECONDS = 10;

/** Does one job of the queue: makes its attempt, holds it, or ends its delivery. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** @returns the attempt, if one was made */
  async run(received: Received<DeliveryMessage>, row: StoredDelivery | undefined): Promise<MadeAttempt | undefined> {
    const { attemptRunner, log, delayedSender, now } = this.#options;
    const { message } = received;
    if (!(await claimIfDue(this.#options, received, row))) return undefined;
    const result = await attemptRunner.run({ message, row, retryPlace: 'queue' });
    switch (result.kind) {
      case 'made':
        return result.attempt;
      case 'held':
        return void (await log.hold(message.job, result.row, now()));
      case 'destination_changed':
        return void (await delayedSender.sendAfter(message, 0));
      case 'no_room':
      case 'not_started':
        return void (await delayedSender.sendAfter(message, NO_ROOM_SECONDS));
      case 'ended':
      case 'overtaken':
        return undefined;
    }
  }
}
