import type { Connection } from '../../core/deliveries/connection.ts';
import { replayJob } from '../../core/deliveries/delivery.ts';
import {
  isMissing,
  type ListPosition,
  type MissingPosition,
  pageSize,
  partAfter,
  type Replay,
  type ReplayPosition,
  type SkipReason,
} from '../../core/deliveries/replay.ts';
import type { FilterVerdict } from '../../core/filter/filter.ts';
import { type DestinationId, deliveryIdOf, type EventId, eventIdOf, timeMsOf } from '../../core/ids.ts';
import type { EventFilters } from '../shared/event-filters.ts';
import { obstacleTo, type Resend } from '../shared/resends.ts';
import type { ConnectionStore } from '../stores/config/connections.ts';
import type { DestinationStore } from '../stores/config/destinations.ts';
import type { DeliveryLists } from '../stores/deliveries/delivery-lists.ts';
import type { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { pendingDelivery, type StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { EventIds } from '../stores/event-ids.ts';
import type { EventStore } from '../stores/events.ts';

export interface ReplayPagesOptions {
  readonly destinations: DestinationStore;
  readonly connections: ConnectionStore;
  readonly deliveryLists: DeliveryLists;
  readonly deliveryReader: DeliveryReader;
  readonly eventIds: EventIds;
  readonly events: Pick<EventStore, 'get'>;
  readonly filters: EventFilters;
}

/** The deliveries that one step sends. */
export interface ReplayPage {
  readonly resends: readonly Resend[];
  /** One reason for each delivery that is not sent. */
  readonly skipped: readonly SkipReason[];
  readonly next: ReplayPosition | null;
}

/** Reads what a replay sends next, the oldest event first: a page of one of its lists. */
export class ReplayPages {
  readonly #options: ReplayPagesOptions;

  constructor(options: ReplayPagesOptions) {
    this.#options = options;
  }

  read(replay: Replay, position: ListPosition | MissingPosition, nowMs: number): Promise<ReplayPage> {
    const { destinationId } = replay.selection;
    if (destinationId === null) return this.#readDeadLetters(replay, position, nowMs);
    return position.part === 'missing'
      ? this.#readMissing(replay, destinationId, position, nowMs)
      : this.#readDestination(replay, destinationId, position, nowMs);
  }

  async #readDeadLetters(replay: Replay, position: ListPosition | MissingPosition, nowMs: number): Promise<ReplayPage> {
    const after = position.part === 'missing' ? undefined : position.afterDelivery;
    const { items, next } = await this.#options.deliveryLists.deadOfOrganization(replay.organizationId, {
      ...rangeOf(replay),
      after,
    });
    const ids = [...new Set(items.map(({ destinationId }) => destinationId))];
    const destinations = await this.#options.destinations.getMany(ids);
    const page = await this.#toPage(replay, items, nowMs, ({ destinationId }) =>
      obstacleTo(destinations.get(destinationId)),
    );
    return { ...page, next: next ? { part: 'dead', afterDelivery: next } : partAfter(replay.selection, 'dead') };
  }

  /** The runner has checked that the destination takes deliveries. */
  async #readDestination(
    replay: Replay,
    destinationId: DestinationId,
    { part, afterRow }: ListPosition,
    nowMs: number,
  ): Promise<ReplayPage> {
    const { items, next } = await this.#options.deliveryLists.ofDestination(destinationId, {
      ...rangeOf(replay),
      status: part,
      after: afterRow,
    });
    const page = await this.#toPage(replay, items, nowMs, () => undefined);
    return { ...page, next: next === undefined ? partAfter(replay.selection, part) : { part, afterRow: next } };
  }

  async #toPage(
    { startedAtMs }: Replay,
    deliveries: readonly StoredDelivery[],
    nowMs: number,
    obstacleOf: (delivery: StoredDelivery) => SkipReason | undefined,
  ): Promise<Pick<ReplayPage, 'resends' | 'skipped'>> {
    const events = await this.#options.eventIds.existing(deliveries.map(eventOf), nowMs);
    const skipReasonOf = (delivery: StoredDelivery): SkipReason | undefined => {
      if (lastSentAtMs(delivery) >= startedAtMs) return 'attempted_since';
      return obstacleOf(delivery) ?? (events.has(eventOf(delivery).eventId) ? undefined : 'event_expired');
    };
    const resends: Resend[] = [];
    const skipped: SkipReason[] = [];
    for (const delivery of deliveries) {
      const reason = skipReasonOf(delivery);
      if (reason) skipped.push(reason);
      else resends.push({ delivery, job: replayJob(delivery, nowMs) });
    }
    return { resends, skipped };
  }

  /** A page of the events of one connection's source: those that have no row at the destination. */
  async #readMissing(
    replay: Replay,
    destinationId: DestinationId,
    { behind, connection: underWay }: MissingPosition,
    nowMs: number,
  ): Promise<ReplayPage> {
    const { connections, eventIds } = this.#options;
    const done = { resends: [], skipped: [], next: partAfter(replay.selection, 'missing') };
    // Read again for each page: a connection that is deleted meanwhile gets nothing more.
    const list = await connections.listOfDestination(destinationId, { limit: 1, after: behind });
    const [connection] = list.items;
    if (!connection) return done;
    const after = underWay?.id === connection.id ? underWay.after : undefined;
    const events = await eventIds.page(connection.sourceId, { ...rangeOf(replay), after }, nowMs);
    const resends = await this.#missingResends(connection, events.items, nowMs);
    if (events.next !== undefined) {
      const next = { part: 'missing', behind, connection: { id: connection.id, after: events.next } } as const;
      return { ...done, resends, next };
    }
    return { ...done, resends, ...(list.next && { next: { part: 'missing', behind: list.next } }) };
  }

  async #missingResends(connection: Connection, events: readonly EventId[], nowMs: number): Promise<Resend[]> {
    const { destinationId } = connection;
    const connectedAtMs = Date.parse(connection.createdAt);
    const ids = events
      .filter((eventId) => isMissing(timeMsOf(eventId), connectedAtMs, nowMs))
      .map((eventId) => deliveryIdOf(eventId, connection.id));
    const rows = await this.#options.deliveryReader.getMany(ids.map((deliveryId) => ({ destinationId, deliveryId })));
    const missing = ids.filter((id) => !rows.has(id)).map((id) => pendingDelivery(id, connection));
    const resends: Resend[] = [];
    // One at a time: a page of large bodies would not fit into memory.
    for (const delivery of missing) {
      const verdict = await this.#verdict(connection, delivery);
      const failure = verdict.kind === 'failed' ? { failure: verdict.message } : {};
      if (verdict.kind !== 'differs') resends.push({ delivery, job: replayJob(delivery, nowMs), ...failure });
    }
    return resends;
  }

  /** An event that the filter keeps out is not missing. Without a filter, the event is not read. */
  async #verdict({ filter }: Connection, delivery: StoredDelivery): Promise<FilterVerdict> {
    if (!filter) return { kind: 'matches' };
    const { sourceId, eventId } = eventOf(delivery);
    const event = await this.#options.events.get(sourceId, eventId);
    return event ? this.#options.filters.createEvaluator(event)(filter) : { kind: 'differs' };
  }
}

function rangeOf(replay: Replay) {
  const { sinceMs, untilMs } = replay.selection;
  return { sinceMs: sinceMs ?? 0, untilMs, limit: pageSize(replay), oldestFirst: true };
}

/**
 * When the delivery was last attempted or replayed. If that was after this replay began, this replay or somebody else has sent
 * it since, so it is skipped. It may have ended without an attempt, for example because its transform dropped it, and may be in
 * a list that this replay reads later.
 */
function lastSentAtMs({ lastAttemptAtMs = 0, replayedAtMs = 0 }: StoredDelivery): number {
  return Math.max(lastAttemptAtMs, replayedAtMs);
}

function eventOf({ id, sourceId }: StoredDelivery) {
  return { sourceId, eventId: eventIdOf(id, sourceId) };
}
