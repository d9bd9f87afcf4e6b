import { allSettledOrThrow } from '../../../core/all-settled-or-throw.ts';
import { type DeliveryId, type DestinationId, timeMsOf } from '../../../core/ids.ts';
import type { Ordering, Pace } from '../../../core/pace/pace.ts';
import type { DeliveryMessage } from '../../messages/delivery.ts';
import { LineGroups } from '../../shared/waiting-in-line.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { LineStore } from '../../stores/deliveries/lines.ts';
import type { DeliveryQueue } from '../../stores/delivery-queue.ts';
import type { EventStore } from '../../stores/events.ts';
import { type ClaimOptions, claimIfDue } from '../claim-job.ts';
import type { Received } from '../received.ts';

export interface LineUpOptions extends ClaimOptions {
  readonly events: Pick<EventStore, 'bodyOf'>;
  readonly lines: LineStore;
  readonly queue: DeliveryQueue;
  readonly now: () => number;
}

/**
 * Puts jobs that come through the queue, for a destination with a pace, into its line: retries, replays, and what was on its
 * way when the pace was set. New events are put there by fan-out, which alone knows their order. In an order, a retry goes to
 * the place of its event: behind the delivery that keeps its place there, and before everything that waits for that delivery.
 */
export class LineUp {
  readonly #options: LineUpOptions;
  readonly #groups: LineGroups;

  constructor(options: LineUpOptions) {
    this.#options = options;
    this.#groups = new LineGroups((request) => options.events.bodyOf(request));
  }

  async add(
    destinationId: DestinationId,
    { ordering }: Pace,
    received: readonly Received<DeliveryMessage>[],
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<void> {
    const { lines, queue, now } = this.#options;
    const claimed = await allSettledOrThrow(received.map((one) => this.#claim(one, ordering, rows)));
    const entries = claimed.flat();
    if (entries.length === 0) return;
    const nowMs = now();
    const atTheEnd = entries.filter((one) => !hasPlace(one));
    await allSettledOrThrow([
      lines.append(destinationId, atTheEnd, nowMs, nowMs),
      ...entries.filter(hasPlace).map((one) => lines.append(destinationId, [one], timeMsOf(one.job.eventId), nowMs)),
    ]);
    // `notBeforeMs` wakes a line that sleeps: a retry by hand must not wait until the line wakes by itself.
    await queue.send({ kind: 'line', destinationId, notBeforeMs: nowMs });
  }

  async #claim(
    received: Received<DeliveryMessage>,
    ordering: Ordering,
    rows: ReadonlyMap<DeliveryId, StoredDelivery>,
  ): Promise<LineEntry[]> {
    const { attempts } = this.#options;
    const { message } = received;
    const { job } = message;
    if (!(await claimIfDue(this.#options, received, rows.get(job.deliveryId)))) return [];
    if (message.failure !== undefined) {
      await attempts.giveUp(job, 'filter_failed', message.failure);
      return [];
    }
    const entry = await this.#groups.entryOf(job, ordering, () => attempts.encoded(message));
    if (entry) return [entry];
    await attempts.giveUp(job, 'event_expired');
    return [];
  }
}

function hasPlace({ job, group }: LineEntry): boolean {
  return group !== undefined && job.attempt > job.roundStart;
}
