import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { decodeRequest, encodeRequest, hasObjectBody, MESSAGE_LIMIT_BYTES } from '../../core/events/stored-request.ts';
import type { DestinationId, SourceId } from '../../core/ids.ts';
import { isPaced, type Pace } from '../../core/pace/pace.ts';
import type { EventFilters } from '../shared/event-filters.ts';
import { logger } from '../shared/logger.ts';
import type { EventCounts } from '../stores/deliveries/event-counts.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import type { EventStore } from '../stores/events.ts';
import type { EventLines, FanOutConnection, PacedEvent } from './event-lines.ts';

/** One inserted event of the stream. */
export interface StreamedEvent {
  readonly sequenceNumber: string;
  readonly event: StoredEvent;
}

export interface FanOutOptions {
  readonly events: EventStore;
  readonly queue: DeliveryQueue;
  /** The connections of a source, read consistently. */
  readonly connections: (sourceId: SourceId) => Promise<readonly FanOutConnection[]>;
  readonly pace: (destinationId: DestinationId) => Promise<Pace>;
  readonly lines: Pick<EventLines, 'add'>;
  readonly filters: EventFilters;
  readonly counts: Pick<EventCounts, 'add'>;
}

/** An event and the connections that it goes over. */
interface RoutedEvent {
  readonly record: StreamedEvent;
  readonly wanted: readonly { readonly connection: FanOutConnection; readonly pace: Pace }[];
  /** Connections whose filter can't be evaluated, and why. */
  readonly unevaluated: readonly { readonly connection: FanOutConnection; readonly failure: string }[];
}

/** Turns events into deliveries: one message per destination, or a place in its line if it has a pace. */
export class FanOut {
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /**
   * Connections are read once per batch and source, after its events were accepted. So an event goes over every
   * connection that existed when it came; a cache with a lifetime could not promise that.
   * @returns sequence numbers of the records whose messages are not all in the queue
   */
  async fanOut(batch: readonly StreamedEvent[]): Promise<string[]> {
    const routed = await this.#route(batch);
    const undispatched = await this.#dispatch(routed);
    const mustComeBack = (record: StreamedEvent, index: number) =>
      routed[index] === undefined || undispatched.has(record.sequenceNumber);
    const first = batch.findIndex(mustComeBack);
    // The stream resumes at the first failed record. Records behind it come back even if they succeeded, and are counted then.
    await this.#count(first === -1 ? routed : routed.slice(0, first));
    return batch.filter(mustComeBack).map(({ sequenceNumber }) => sequenceNumber);
  }

  /** One result per record, in order; `undefined` where routing failed and the record has to come back. */
  #route(batch: readonly StreamedEvent[]): Promise<(RoutedEvent | undefined)[]> {
    const connectionsOf = this.#connectionsOnce();
    const routed = batch.map(async (record) => {
      try {
        return await this.#routeRecord(record, await connectionsOf(record.event.sourceId));
      } catch (error) {
        logComingBack([record], error);
        return undefined;
      }
    });
    return Promise.all(routed);
  }

  /** @returns sequence numbers of the records that were not dispatched completely */
  async #dispatch(routed: readonly (RoutedEvent | undefined)[]): Promise<Set<string>> {
    const known = routed.filter((one) => one !== undefined);
    const firstUnknown = routed.indexOf(undefined);
    // In a line, the events behind one that could not be routed would overtake it. They come back with it, since the stream
    // resumes there.
    const beforeUnknown = firstUnknown === -1 ? known : known.slice(0, firstUnknown);
    const undispatched = await Promise.all([
      ...known.map(({ record, wanted }) =>
        dispatch([record], () => this.#send(record.event, unpacedConnections(wanted))),
      ),
      ...known.map(({ record, unevaluated }) =>
        dispatch([record], () => this.#sendUnevaluated(record.event, unevaluated)),
      ),
      ...[...groupByLine(beforeUnknown)].map(([destinationId, inLine]) =>
        dispatch(
          inLine.map(({ record }) => record),
          () => this.#options.lines.add(destinationId, inLine),
        ),
      ),
    ]);
    return new Set(undispatched.flat());
  }

  /** Runs last, so that only dispatched events are counted. A failure is only logged: no delivery depends on a count. */
  async #count(dispatched: readonly (RoutedEvent | undefined)[]): Promise<void> {
    const known = dispatched.filter((one) => one !== undefined);
    const bySource = Map.groupBy(known, ({ record }) => record.event.sourceId);
    const counted = [...bySource].map(async ([sourceId, ofSource]) => {
      const events = ofSource.map(({ record, wanted, unevaluated }) => ({
        id: record.event.id,
        isRouted: wanted.length + unevaluated.length > 0,
      }));
      try {
        await this.#options.counts.add(sourceId, events);
      } catch (error) {
        logger.warn('events are missing in the counts', { sourceId, missing: events.length, error });
      }
    });
    await Promise.all(counted);
  }

  #connectionsOnce(): FanOutOptions['connections'] {
    const bySource = new Map<SourceId, Promise<readonly FanOutConnection[]>>();
    return (sourceId) => {
      const known = bySource.get(sourceId) ?? this.#options.connections(sourceId);
      bySource.set(sourceId, known);
      return known;
    };
  }

  async #routeRecord(record: StreamedEvent, connections: readonly FanOutConnection[]): Promise<RoutedEvent> {
    const { matching, unevaluated } = await this.#filter(record.event, connections);
    const withPace = async (connection: FanOutConnection) => ({
      connection,
      pace: await this.#options.pace(connection.destinationId),
    });
    return { record, wanted: await allSettledOrThrow(matching.map(withPace)), unevaluated };
  }

  /** Runs before anything is sent or written, so an event that no filter lets through costs nothing more. */
  async #filter(event: StoredEvent, connections: readonly FanOutConnection[]) {
    const verdicts = await this.#options.filters.verdicts(
      event,
      connections.map(({ filter }) => filter),
    );
    return {
      matching: connections.filter((_, index) => verdicts[index]?.kind === 'matches'),
      unevaluated: connections.flatMap((connection, index) => {
        const verdict = verdicts[index];
        return verdict?.kind === 'failed' ? [{ connection, failure: verdict.message }] : [];
      }),
    };
  }

  /** The delivery function ends these: it may write their rows and dead letters, which fan-out may not. */
  async #sendUnevaluated(event: StoredEvent, unevaluated: RoutedEvent['unevaluated']): Promise<void> {
    await allSettledOrThrow(
      unevaluated.map(({ connection, failure }) =>
        this.#options.queue.send({ job: firstJob(event, connection), failure }),
      ),
    );
  }

  async #send(event: StoredEvent, connections: readonly FanOutConnection[]): Promise<void> {
    if (connections.length === 0) return;
    const request = await this.#messageRequest(event);
    await allSettledOrThrow(
      connections.map((connection) => this.#options.queue.send({ job: firstJob(event, connection), request })),
    );
  }

  /** Small bodies from the bucket are fetched once here and sent along, not fetched again for each attempt. */
  async #messageRequest({ request: encoded }: StoredEvent): Promise<Uint8Array> {
    if (!hasObjectBody(encoded)) return encoded;
    const request = decodeRequest(encoded);
    if (request.body.kind === 'object' && request.body.sizeBytes > MESSAGE_LIMIT_BYTES) return encoded;
    const bytes = await this.#options.events.bodyOf(request);
    return bytes ? encodeRequest({ head: request.head, body: { kind: 'inline', bytes } }) : encoded;
  }
}

/** Runs the work for these records. @returns their sequence numbers if it failed */
async function dispatch(records: readonly StreamedEvent[], work: () => Promise<void>): Promise<string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    logComingBack(records, error);
    return records.map(({ sequenceNumber }) => sequenceNumber);
  }
}

function logComingBack(records: readonly StreamedEvent[], error: unknown): void {
  const eventIds = records.map(({ event }) => event.id);
  logger.error('events could not be fanned out; their records come back', { eventIds, error });
}

function unpacedConnections(wanted: RoutedEvent['wanted']): FanOutConnection[] {
  return wanted.filter(({ pace }) => !isPaced(pace)).map(({ connection }) => connection);
}

/** The events for each line, in the order of the stream. */
function groupByLine(
  routed: readonly RoutedEvent[],
): Map<DestinationId, (PacedEvent & { readonly record: StreamedEvent })[]> {
  const inLine = routed.flatMap(({ record, wanted }) =>
    wanted.filter(({ pace }) => isPaced(pace)).map((one) => ({ ...one, record, event: record.event })),
  );
  return Map.groupBy(inLine, ({ connection }) => connection.destinationId);
}
