import { type DeliveryId, type DestinationId, timeMsOf } from '../../core/ids.ts';
import type { Ordering, Pace } from '../../core/pace.ts';
import { allThrough } from '../shared/all-through.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { waitingInLine } from '../shared/waiting-in-line.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { LineStore } from '../stores/deliveries/lines.ts';
import type { Waiting } from '../stores/deliveries/waiting-codec.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import { type DueOptions, isDueNow } from './job-due.ts';
import type { Received } from './received.ts';

export interface LineUpOptions extends DueOptions {
  readonly lines: LineStore;
  readonly queue: DeliveryQueue;
  readonly now: () => number;
}

/**
 * Puts what comes through the queue for a destination with a pace into its line: retries and replays, and what was on its way
 * when the pace was set. Events get there by fan-out, which alone knows their order. Where there is one, a retry goes to the
 * place of its event: behind the delivery that waits there for it, and before what waits for that.
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
    const found = await allThrough(received.map((one) => this.#waiting(one, ordering, rows)));
    const waiting = found.flat();
    if (waiting.length === 0) return;
    const nowMs = now();
    const atTheEnd = waiting.filter((one) => !hasPlace(one));
    await allThrough([
      lines.append(destinationId, atTheEnd, nowMs, nowMs),
      ...waiting.filter(hasPlace).map((one) => lines.append(destinationId, [one], timeMsOf(one.job.eventId), nowMs)),
    ]);
    // With a time: what was asked for by hand must not wait until a line that sleeps awakes.
    await queue.send({ kind: 'line', destinationId, notBeforeMs: nowMs });
  }

  async #waiting(
    received: Received<DeliveryMessage>,
    ordering: Ordering,
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<Waiting[]> {
    const { attempts } = this.#options;
    const { message } = received;
    const { job } = message;
    if (!(await isDueNow(this.#options, received, rows.get(job.deliveryId)))) return [];
    if (message.failure !== undefined) {
      await attempts.giveUp(job, 'filter_failed', message.failure);
      return [];
    }
    const waiting = await waitingInLine(job, ordering, () => attempts.webhook(message));
    if (waiting) return [waiting];
    await attempts.giveUp(job, 'event_expired');
    return [];
  }
}

function hasPlace({ job, group }: Waiting): boolean {
  return group !== undefined && job.attempt > job.roundStart;
}
