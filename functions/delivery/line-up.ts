import { isDue } from '../../core/delivery.ts';
import type { DeliveryId, DestinationId } from '../../core/ids.ts';
import type { Ordering, Pace } from '../../core/pace.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { waitingInLine } from '../shared/waiting-in-line.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { LineStore } from '../stores/deliveries/lines.ts';
import type { Waiting } from '../stores/deliveries/waiting-codec.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { Attempts } from './attempts.ts';
import { POISON_RECEIVE_COUNT } from './job-runner.ts';
import type { Received } from './received.ts';
import type { Retries } from './retries.ts';

export interface LineUpOptions {
  readonly attempts: Attempts;
  readonly lines: LineStore;
  readonly queue: DeliveryQueue;
  readonly retries: Retries;
  readonly now: () => number;
}

/**
 * Puts what comes through the queue for a destination with a pace into its line: retries and replays, and what was on its way
 * when the pace was set. Events get there by fan-out, which alone knows their order.
 */
export class LineUp {
  readonly #options: LineUpOptions;

  constructor(options: LineUpOptions) {
    this.#options = options;
  }

  async add(
    destinationId: DestinationId,
    { ordering }: Pace,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<void> {
    const { lines, queue, now } = this.#options;
    const found = await Promise.all(received.map((one) => this.#waiting(one, ordering, rows)));
    const [first, ...rest] = found.flat();
    if (!first) return;
    const nowMs = now();
    await lines.append(destinationId, [first, ...rest], nowMs, nowMs);
    // With a time: what was asked for by hand must not wait until a line that sleeps awakes.
    await queue.send({ kind: 'line', destinationId, dueMs: nowMs });
  }

  async #waiting(
    { message, receiveCount }: Received<DeliveryMessage>,
    ordering: Ordering,
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<Waiting[]> {
    const { attempts, retries } = this.#options;
    const { job } = message;
    if (!isDue(job, rows.get(job.deliveryId)) || (await retries.postponed(message))) return [];
    if (receiveCount >= POISON_RECEIVE_COUNT) {
      await attempts.giveUp(job, 'processing_failed');
      return [];
    }
    if (message.failure !== undefined) {
      await attempts.giveUp(job, 'filter_failed', message.failure);
      return [];
    }
    const waiting = await waitingInLine(job, ordering, () => attempts.request(message));
    if (waiting) return [waiting];
    await attempts.giveUp(job, 'event_expired');
    return [];
  }
}
