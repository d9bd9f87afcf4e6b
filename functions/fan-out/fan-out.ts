import { firstJob } from '../../core/delivery.ts';
import type { Filter } from '../../core/filter/filter.ts';
import type { ConnectionId, DestinationId, SourceId } from '../../core/ids.ts';
import { isPaced, type Pace } from '../../core/pace.ts';
import { decodeRequest, encodeRequest, hasObjectBody, MESSAGE_LIMIT_BYTES } from '../../core/stored-request.ts';
import { allThrough } from '../shared/all-through.ts';
import type { EventFilters } from '../shared/event-filters.ts';
import { logger } from '../shared/logger.ts';
import type { EventCounts } from '../stores/deliveries/event-counts.ts';
import type { DeliveryQueue } from '../stores/delivery-queue.ts';
import type { StoredEvent } from '../stores/event-row.ts';
import type { EventStore } from '../stores/events.ts';
import type { EventLines, Routed } from './event-lines.ts';

/** One inserted event of the stream. */
export interface StreamedEvent {
  readonly sequenceNumber: string;
  readonly event: StoredEvent;
}

/** Where an event of a source goes. */
export interface Route {
  readonly connectionId: ConnectionId;
  readonly destinationId: DestinationId;
  /** Which events go there; `null`: all. */
  readonly filter: Filter | null;
}

export interface FanOutOptions {
  readonly events: EventStore;
  readonly queue: DeliveryQueue;
  /** The connections of a source, read consistently. */
  readonly routes: (sourceId: SourceId) => Promise<readonly Route[]>;
  readonly pace: (destinationId: DestinationId) => Promise<Pace>;
  readonly lines: Pick<EventLines, 'add'>;
  readonly filters: EventFilters;
  readonly counts: Pick<EventCounts, 'add'>;
}

/** An event, and where it goes. */
interface Routes {
  readonly record: StreamedEvent;
  readonly wanted: readonly { readonly route: Route; readonly pace: Pace }[];
  /** Those whose filter can't be evaluated, and why. */
  readonly failed: readonly { readonly route: Route; readonly failure: string }[];
}

/** Turns events into deliveries: one message per destination, or a place in its line where it has a pace. */
export class FanOut {
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /**
   * Routes are read once per batch and source, after its events were accepted: so an event goes to every connection that
   * existed when it came, which a cache with a lifetime could not promise.
   * @returns sequence numbers of the records whose messages are not all in the queue
   */
  async fanOut(batch: readonly StreamedEvent[]): Promise<string[]> {
    const failed = new Set<string>();
    const orFail = async <Result>(records: readonly StreamedEvent[], work: () => Promise<Result>) => {
      try {
        return await work();
      } catch (error) {
        for (const { sequenceNumber } of records) failed.add(sequenceNumber);
        const eventIds = records.map(({ event }) => event.id);
        logger.error('events could not be fanned out; their records come back', { eventIds, error: error as Error });
        return undefined;
      }
    };
    const routesOf = this.#routesOnce();
    const routed = await Promise.all(
      batch.map((record) => orFail([record], async () => this.#sort(record, await routesOf(record.event.sourceId)))),
    );
    const found = routed.filter((routes) => routes !== undefined);
    const firstUnknown = routed.indexOf(undefined);
    // What came behind it would go ahead of it in its lines. The stream brings that again.
    const beforeUnknown = firstUnknown === -1 ? found : found.slice(0, firstUnknown);
    await Promise.all([
      ...found.map(({ record, wanted }) => orFail([record], () => this.#send(record.event, directRoutes(wanted)))),
      ...found.map(({ record, failed }) => orFail([record], () => this.#sendFailed(record.event, failed))),
      ...[...byLine(beforeUnknown)].map(([destinationId, inLine]) =>
        orFail(
          inLine.map(({ record }) => record),
          () => this.#options.lines.add(destinationId, inLine),
        ),
      ),
    ]);
    const comesBack = ({ sequenceNumber }: StreamedEvent) => failed.has(sequenceNumber);
    const first = batch.findIndex(comesBack);
    // The stream goes on at the first that failed: what succeeded behind it comes back, too, and is counted then.
    await this.#count(first === -1 ? found : found.slice(0, first));
    return batch.filter(comesBack).map(({ sequenceNumber }) => sequenceNumber);
  }

  /** When all else is done, as it is told what to count by that. It may fail: no delivery depends on a count. */
  async #count(done: readonly Routes[]): Promise<void> {
    const bySource = Map.groupBy(done, ({ record }) => record.event.sourceId);
    const counted = [...bySource].map(async ([sourceId, ofSource]) => {
      const events = ofSource.map(({ record, wanted, failed }) => ({
        id: record.event.id,
        isRouted: wanted.length + failed.length > 0,
      }));
      try {
        await this.#options.counts.add(sourceId, events);
      } catch (error) {
        logger.warn('events are missing in the counts', { sourceId, missing: events.length, error: error as Error });
      }
    });
    await Promise.all(counted);
  }

  #routesOnce(): (sourceId: SourceId) => Promise<readonly Route[]> {
    const routes = new Map<SourceId, Promise<readonly Route[]>>();
    return (sourceId) => {
      const known = routes.get(sourceId) ?? this.#options.routes(sourceId);
      routes.set(sourceId, known);
      return known;
    };
  }

  async #sort(record: StreamedEvent, routes: readonly Route[]): Promise<Routes> {
    const { wanted, failed } = await this.#filter(record.event, routes);
    const pacedOf = async (route: Route) => ({ route, pace: await this.#options.pace(route.destinationId) });
    return { record, wanted: await allThrough(wanted.map(pacedOf)), failed };
  }

  /** Before anything is sent or written: what no filter lets through costs nothing more. */
  async #filter(event: StoredEvent, routes: readonly Route[]) {
    const ask = this.#options.filters.about(event);
    const asked = await Promise.all(routes.map(async (route) => ({ route, verdict: await ask(route.filter) })));
    return {
      wanted: asked.flatMap(({ route, verdict }) => (verdict.kind === 'matches' ? [route] : [])),
      failed: asked.flatMap(({ route, verdict }) =>
        verdict.kind === 'failed' ? [{ route, failure: verdict.message }] : [],
      ),
    };
  }

  /** Delivery ends them: it may write their rows and dead letters, which fan-out may not. */
  async #sendFailed(event: StoredEvent, failed: Routes['failed']): Promise<void> {
    await allThrough(
      failed.map(({ route, failure }) => this.#options.queue.send({ job: firstJob(event, route), failure })),
    );
  }

  async #send(event: StoredEvent, routes: readonly Route[]): Promise<void> {
    if (routes.length === 0) return;
    const request = await this.#messageRequest(event);
    await allThrough(routes.map((route) => this.#options.queue.send({ job: firstJob(event, route), request })));
  }

  /** What the message carries: a body that is small enough for it is fetched once here, not once in every attempt. */
  async #messageRequest({ request: encoded }: StoredEvent): Promise<Uint8Array> {
    if (!hasObjectBody(encoded)) return encoded;
    const request = decodeRequest(encoded);
    if (request.body.kind === 'object' && request.body.sizeBytes > MESSAGE_LIMIT_BYTES) return encoded;
    const bytes = await this.#options.events.bodyOf(request);
    return bytes ? encodeRequest({ head: request.head, body: { kind: 'inline', bytes } }) : encoded;
  }
}

/** Those that need not wait for others. */
function directRoutes(wanted: Routes['wanted']): Route[] {
  return wanted.filter(({ pace }) => !isPaced(pace)).map(({ route }) => route);
}

/** What goes into one line, in the order of the stream. */
function byLine(routed: readonly Routes[]): Map<DestinationId, (Routed & { readonly record: StreamedEvent })[]> {
  const inLine = routed.flatMap(({ record, wanted }) =>
    wanted.filter(({ pace }) => isPaced(pace)).map((one) => ({ ...one, record, event: record.event })),
  );
  return Map.groupBy(inLine, ({ route }) => route.destinationId);
}
