import { firstJob } from '../../core/delivery.ts';
import { type DestinationId, timeMsOf } from '../../core/ids.ts';
import { NO_KEY } from '../../core/ordering-key.ts';
import type { Pace } from '../../core/pace.ts';
import { decodeRequest } from '../../core/stored-request.ts';
import { allThrough } from '../shared/all-through.ts';
import { waitingInLine } from '../shared/waiting-in-line.ts';
import type { LineStore } from '../stores/deliveries/lines.ts';
import type { Waiting } from '../stores/deliveries/waiting-codec.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import type { EventStore } from '../stores/events.ts';
import type { Route } from './fan-out.ts';

export interface EventLinesOptions {
  readonly events: EventStore;
  readonly queue: DeliveryQueue;
  readonly lines: LineStore;
  readonly now: () => number;
}

/** An event that goes to a destination with a pace. */
export interface Routed {
  readonly event: StoredEvent;
  readonly route: Route;
  readonly pace: Pace;
}

/**
 * Puts events into the lines of destinations that have a pace: in the order of the stream, which a queue would lose. All of a
 * batch for one destination is one row and one message.
 */
export class EventLines {
  readonly #options: EventLinesOptions;

  constructor(options: EventLinesOptions) {
    this.#options = options;
  }

  /** All or none: were one left out, those after it would go ahead of it. */
  async add(destinationId: DestinationId, routed: readonly Routed[]): Promise<void> {
    const { lines, queue, now } = this.#options;
    const [first] = routed;
    if (!first) return;
    const waiting = await allThrough(routed.map((one) => this.#waiting(one)));
    await lines.append(destinationId, waiting, timeMsOf(first.event.id), now());
    await queue.send({ kind: 'line', destinationId });
  }

  async #waiting({ event, route, pace }: Routed): Promise<Waiting> {
    const job = firstJob(event, route);
    const waiting = await waitingInLine(job, pace.ordering, async () => {
      const request = decodeRequest(event.request);
      const body = await this.#options.events.bodyOf(request);
      return body && { head: request.head, body };
    });
    // Without a body there is nothing to deliver either, which its turn will show.
    return waiting ?? { job, group: NO_KEY };
  }
}
