import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DeliveryId, DestinationId } from '../../core/ids.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { logger } from '../shared/logger.ts';
import type { ReleaseMessage } from '../shared/release-message.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { FiguresLog } from '../stores/deliveries/figures.ts';
import { MAX_DELAY_SECONDS } from '../stores/delivery-queue.ts';
import { AttemptsOfInstance } from './attempts-of-instance.ts';
import { JobRunner, type JobRunnerOptions, POISON_RECEIVE_COUNT } from './job-runner.ts';
import { type QueuedMessage, type Received, sortOut } from './received.ts';
import type { Releases } from './releases.ts';

export interface DeliveryWorkerOptions extends JobRunnerOptions {
  readonly reader: DeliveryReader;
  readonly releases: Pick<Releases, 'release'>;
  readonly figures: Pick<FiguresLog, 'add' | 'flush'>;
}

/**
 * Does what a batch of messages says, in parallel, and counts what came of it.
 *
 * The figures of the destinations and their circuits come after the rows of the deliveries. Nothing depends on the figures,
 * and a failure that a circuit does not count leaves it closed for the next.
 */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  readonly #runner: JobRunner;
  readonly #attempts = new AttemptsOfInstance();
  /** Parts of batches whose attempts are under way; in Lambda all of one batch, in `npm start` of many. */
  #partsUnderWay = 0;

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
    this.#runner = new JobRunner(options);
  }

  /** @returns ids of the messages that must come back: Hawser itself failed on them, and their state is as before */
  async deliverBatch(queued: readonly QueuedMessage[]): Promise<string[]> {
    const { unreadable, jobs, releases } = sortOut(queued);
    const rows = await this.#options.reader.getMany(jobs.map(({ message }) => message.job));
    const byDestination = Map.groupBy(jobs, ({ message }) => message.job.destinationId);
    const failed = await Promise.all([
      ...[...byDestination].map(([destinationId, received]) => this.#deliverTo(destinationId, received, rows)),
      ...releases.map((received) => this.#release(received)),
    ]);
    return [...unreadable, ...failed.flat()];
  }

  async #release({ messageId, receiveCount, message }: Received<ReleaseMessage>): Promise<string[]> {
    const { releases, retries } = this.#options;
    try {
      // A fresh copy: the redrive policy would take away what alone leads out of an open circuit.
      if (receiveCount >= POISON_RECEIVE_COUNT) await retries.send(message, MAX_DELAY_SECONDS);
      else await releases.release(message);
      return [];
    } catch (error) {
      logger.error('what is held could not be released; the message comes back', { ...message, error });
      return [messageId];
    }
  }

  /** A part of a batch, which is counted when it is done: what hangs at another destination would keep it from the figures. */
  async #deliverTo(
    destinationId: DestinationId,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<string[]> {
    const outcomes: AttemptOutcome[] = [];
    this.#partsUnderWay++;
    const failed = await Promise.all(
      received.map(async ({ messageId, receiveCount, message }) => {
        const { deliveryId, attempt } = message.job;
        try {
          const outcome = await this.#attempts.once(message.job, () =>
            this.#runner.run(message, rows.get(deliveryId), receiveCount),
          );
          if (outcome) outcomes.push(outcome);
          return [];
        } catch (error) {
          logger.error('a delivery could not be processed; its message comes back', { deliveryId, attempt, error });
          return [messageId];
        }
      }),
    );
    this.#partsUnderWay--;
    await Promise.all([this.#count(destinationId, outcomes), this.#observe(received, outcomes)]);
    return failed.flat();
  }

  /** What is recorded is done: it must not be sent again because it could not be counted. */
  async #count(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    const { figures } = this.#options;
    try {
      const added = figures.add(destinationId, outcomes);
      // Where others are under way, the write waits a moment to be shared with theirs. In Lambda that costs nothing: they are
      // of the same invocation, which lasts as long as they do.
      if (this.#partsUnderWay === 0) figures.flush();
      await added;
    } catch (error) {
      const missing = outcomes.length;
      const failed = outcomes.filter(({ succeeded }) => !succeeded).length;
      logger.error('attempts are missing in the figures', { destinationId, missing, failed, error: error as Error });
    }
  }

  /** What is recorded is done, here too. */
  async #observe([first]: readonly Received<DeliveryMessage>[], outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (!first || outcomes.length === 0) return;
    const { job } = first.message;
    const { breakers, destination: destinationOf } = this.#options;
    try {
      const destination = await destinationOf(job.destinationId);
      if (destination) await breakers.observe(job, destination.circuitBreaker, outcomes);
    } catch (error) {
      logger.error('attempts are missing in the circuit', { destinationId: job.destinationId, error: error as Error });
    }
  }
}
