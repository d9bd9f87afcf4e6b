import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import type { Connection } from '../../core/deliveries/connection.ts';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { type DestinationId, timeMsOf } from '../../core/ids.ts';
import { NO_KEY } from '../../core/pace/ordering-key.ts';
import type { Pace } from '../../core/pace/pace.ts';
import { LineGroups } from '../shared/waiting-in-line.ts';
import type { LineEntry } from '../stores/deliveries/line-entry-codec.ts';
import type { LineStore } from '../stores/deliveries/lines.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import type { EventStore } from '../stores/events.ts';

export interface EventLinesOptions {
  readonly events: Pick<EventStore, 'bodyOf'>;
  readonly queue: DeliveryQueue;
  readonly lines: LineStore;
  readonly now: () => number;
}

/** The parts of a connection that fan-out uses. */
export type FanOutConnection = Pick<Connection, 'id' | 'destinationId' | 'filter'>;

/** An event that goes to a destination with a pace. */
export interface PacedEvent {
  readonly event: StoredEvent;
  readonly connection: FanOutConnection;
  readonly pace: Pace;
}

/**
 * Puts events into the lines of destinations with a pace, in the order of the stream, which a queue would lose. All
 * events of a batch for one destination are one row and one message.
 */
export class EventLines {
  readonly #options: EventLinesOptions;
  readonly #groups: LineGroups;

  constructor(options: EventLinesOptions) {
    this.#options = options;
    this.#groups = new LineGroups((request) => options.events.bodyOf(request));
  }

  /** Adds all of the events or none: if one were left out, those behind it would overtake it. */
  async add(destinationId: DestinationId, paced: readonly PacedEvent[]): Promise<void> {
    const { lines, queue, now } = this.#options;
    const [first] = paced;
    if (!first) return;
    const waiting = await allSettledOrThrow(paced.map((one) => this.#waiting(one)));
    await lines.append(destinationId, waiting, timeMsOf(first.event.id), now());
    await queue.send({ kind: 'line', destinationId });
  }

  async #waiting({ event, connection, pace }: PacedEvent): Promise<LineEntry> {
    const job = firstJob(event, connection);
    const waiting = await this.#groups.entryOf(job, pace.ordering, async () => event.request);
    // The event has expired. Its delivery still joins the line, and ends when its turn comes.
    return waiting ?? { job, group: NO_KEY };
  }
}
