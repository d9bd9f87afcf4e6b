import type { AttemptOutcome } from '../../core/figures/destination-figures.ts';
import type { DeliveryId, DestinationId } from '../../core/ids.ts';
import { isPaced, type Pace } from '../../core/pace/pace.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import { type DeliveryMessage, isLine, type QueueMessage } from '../messages/delivery.ts';
import type { LineMessage } from '../messages/line.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import { logger } from '../shared/logger.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import { MAX_DELAY_SECONDS } from '../stores/delivery-queue.ts';
import type { DelayedSender } from './delayed-sender.ts';
import { JobCopies } from './job-copies.ts';
import type { JobRunner } from './job-runner.ts';
import type { LineUp } from './line/line-up.ts';
import type { LineRunner } from './line/runner.ts';
import type { Outcomes } from './outcomes.ts';
import { type QueuedMessage, type Received, sortOut } from './received.ts';
import type { Releases } from './releases.ts';

export interface DeliveryWorkerOptions {
  readonly reader: Pick<DeliveryReader, 'getMany'>;
  /** `undefined` when the destination was deleted. */
  readonly destination: (id: DestinationId) => Promise<Deliverable | undefined>;
  readonly delayedSender: DelayedSender;
  readonly releases: Pick<Releases, 'release'>;
  readonly jobRunner: JobRunner;
  readonly lineUp: LineUp;
  readonly lineRunner: LineRunner;
  readonly outcomes: Outcomes;
}

/** Handles the messages of a batch in parallel, and counts the outcomes. */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  readonly #copies = new JobCopies();
  /** Parts of batches whose attempts are under way: in Lambda all of one batch, in `npm start` of many. */
  #partsUnderWay = 0;

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
  }

  /** @returns ids of the messages that must come back: Hawser itself failed on them, and their state is as before */
  async deliverBatch(queued: readonly QueuedMessage[]): Promise<string[]> {
    const { unreadable, jobs, signals } = sortOut(queued);
    const rows = await this.#options.reader.getMany(jobs.map(({ message }) => message.job));
    const byDestination = Map.groupBy(jobs, ({ message }) => message.job.destinationId);
    const failed = await Promise.all([
      ...[...byDestination].map(([destinationId, received]) => this.#deliverTo(destinationId, received, rows)),
      ...signals.map((received) => this.#receiveSignal(received)),
    ]);
    return [...unreadable, ...failed.flat()];
  }

  async #receiveSignal({
    messageId,
    receiveCount,
    message,
  }: Received<ReleaseMessage | LineMessage>): Promise<string[]> {
    try {
      // A fresh copy is sent. Otherwise the redrive policy would take this message away, and with it the only way out of an
      // open circuit, or along a line.
      if (receiveCount >= POISON_RECEIVE_COUNT) await this.#options.delayedSender.sendAfter(message, MAX_DELAY_SECONDS);
      else await this.#handleSignal(message, receiveCount > 1);
      return [];
    } catch (error) {
      logger.error('what waits could not be sent; the message comes back', { ...message, error });
      return [messageId];
    }
  }

  #handleSignal(message: Exclude<QueueMessage, DeliveryMessage>, isRepeated: boolean): Promise<void> {
    return isLine(message)
      ? this.#options.lineRunner.run(message, isRepeated)
      : this.#options.releases.release(message);
  }

  async #deliverTo(
    destinationId: DestinationId,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<string[]> {
    let pace: Pace | undefined;
    try {
      pace = (await this.#options.destination(destinationId))?.pace;
    } catch (error) {
      return this.#sendBack(destinationId, received, rows, error as Error);
    }
    if (!pace || !isPaced(pace)) return this.#attemptAll(destinationId, received, rows);
    try {
      await this.#options.lineUp.add(destinationId, pace, received, rows);
      return [];
    } catch (error) {
      logger.error('deliveries could not be put in line; their messages come back', { destinationId, error });
      return received.map(({ messageId }) => messageId);
    }
  }

  /**
   * For a destination that could not be read, so that it is not known whether it has a line. Its messages are not attempted:
   * the next read may succeed, and a delivery that has an order would be sent past its line. What has come too often is given
   * up.
   */
  async #sendBack(
    destinationId: DestinationId,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
    error: Error,
  ): Promise<string[]> {
    logger.error('a destination could not be read; its messages come back', { destinationId, error });
    const isPoison = ({ receiveCount }: Received<DeliveryMessage>) => receiveCount >= POISON_RECEIVE_COUNT;
    const back = received.filter((one) => !isPoison(one)).map(({ messageId }) => messageId);
    return [...back, ...(await this.#attemptAll(destinationId, received.filter(isPoison), rows))];
  }

  /**
   * Handles one destination's part of a batch, and counts it when it is done. If the whole batch were counted together, a
   * destination that hangs would keep the others out of the figures.
   */
  async #attemptAll(
    destinationId: DestinationId,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<string[]> {
    const outcomes: AttemptOutcome[] = [];
    this.#partsUnderWay++;
    const failed = await Promise.all(
      received.map(async (one) => {
        const { job } = one.message;
        const { deliveryId, attempt } = job;
        try {
          const made = await this.#copies.once(job, {
            run: () => this.#options.jobRunner.run(one, rows.get(deliveryId)),
            sendOn: () => this.#options.delayedSender.sendAfter(one.message, 0),
          });
          if (made) outcomes.push(made.outcome);
          return [];
        } catch (error) {
          logger.error('a delivery could not be processed; its message comes back', { deliveryId, attempt, error });
          return [one.messageId];
        }
      }),
    );
    this.#partsUnderWay--;
    // While other parts are under way, the figures wait a moment to share a write with theirs. In Lambda that costs nothing:
    // those parts are of the same invocation, which lasts as long as they do.
    const isLast = this.#partsUnderWay === 0;
    const [first] = received;
    await Promise.all([
      isLast
        ? this.#options.outcomes.countNow(destinationId, outcomes)
        : this.#options.outcomes.count(destinationId, outcomes),
      first && this.#options.outcomes.observe(first.message.job, outcomes),
    ]);
    return failed.flat();
  }
}
