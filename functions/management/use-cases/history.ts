import { notFound, validationFailed } from '../../../core/api-error.ts';
import type { ConnectionEnds } from '../../../core/deliveries/connection.ts';
import { formatInteger } from '../../../core/format-integer.ts';
import {
  type DeliveryId,
  type DestinationId,
  deliveryIdOf,
  type EventId,
  eventIdOf,
  type OrganizationId,
  type SourceId,
  tagOf,
} from '../../../core/ids.ts';
import type { ConfigPage, ConfigPageRequest } from '../../stores/config/config-table.ts';
import type { PastSource } from '../../stores/config/sources.ts';
import type { LoggedAttempt } from '../../stores/deliveries/delivery-reader.ts';
import { pendingDelivery, type StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import { inTurns } from '../../stores/dynamodb-batch.ts';
import type { StoredEvent } from '../../stores/event-row.ts';
import type { Page } from '../../stores/page.ts';
import type { Services } from '../services.ts';
import { type EventFate, fateOf } from './event-fate.ts';

/**
 * Reading the past. Neither events nor deliveries have an index by organization. Ids lead to single rows, and a list of
 * everything takes one query for each source or destination. Above this many, the caller must name one.
 */
const MAX_MERGED = 1_000;

/** Lower, because a search by type reads many rows of each source to find a few. */
export const MAX_SEARCHED = 100;

/**
 * Rows read for one page, over all lists together: 10 MB at 1 KB a row. With more than a hundred lists, each gives fewer rows
 * than the page's limit, so a page may come out shorter than its limit.
 */
const MAX_ROWS = 10_000;

/** As many queries at once as the SDK has connections. */
const AT_A_TIME = 50;
const CONFIG_PAGE = 100;

/** @throws ApiError RESOURCE_NOT_FOUND, also for an event of another organization */
export async function findEvent(services: Services, organizationId: OrganizationId, id: EventId): Promise<StoredEvent> {
  const owner = await services.sources.ofTag(tagOf(id));
  const event = owner?.organizationId === organizationId ? await findUnexpired(services, owner.id, id) : undefined;
  if (!event) throw notFound('Event', id);
  return event;
}

/**
 * An expired event counts as gone even if its row is still there. The rows of its deliveries may be gone already, and those
 * deliveries would be shown as pending.
 */
function findUnexpired({ events, now }: Services, sourceId: SourceId, id: EventId): Promise<StoredEvent | undefined> {
  return events.getUnexpired(sourceId, id, now().getTime());
}

/** Where an event went, and where it did not. */
export interface EventDeliveries {
  /**
   * Over each connection that its source has or ever had, newest connection first. One that has not been tried yet is pending.
   */
  readonly deliveries: StoredDelivery[];
  /** The connections whose filters keep the event out as they are now, or were changed after it came. */
  readonly filtered: ConnectionEnds[];
}

export async function deliveriesOf(services: Services, event: StoredEvent): Promise<EventDeliveries> {
  const ever = await services.connections.everOfSource(event.sourceId);
  const rows = await services.deliveryReader.getMany(
    ever.map((ends) => ({ destinationId: ends.destinationId, deliveryId: deliveryIdOf(event.id, ends.id) })),
  );
  const deliveries: StoredDelivery[] = [];
  const filtered: ConnectionEnds[] = [];
  const evaluate = services.eventFilters.createEvaluator(event);
  for (const ends of ever.toSorted((one, other) => (one.id < other.id ? 1 : -1))) {
    const id = deliveryIdOf(event.id, ends.id);
    const row = rows.get(id);
    if (row) deliveries.push(row);
    else if ('createdAt' in ends) {
      const fate = await fateOf(event.id, ends, evaluate);
      if (fate === 'sent') deliveries.push(pendingDelivery(id, ends));
      else if (fate !== 'none') filtered.push(ends);
    }
  }
  return { deliveries, filtered };
}

/**
 * Finds a delivery, without its attempts.
 * @param fates if it has no row, it is shown as pending if what became of its event is one of these
 * @throws ApiError RESOURCE_NOT_FOUND, also for a delivery of another organization
 */
export async function findDelivery(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
  fates: readonly EventFate[] = ['sent'],
): Promise<StoredDelivery> {
  const ends = await endsOf(services, organizationId, id);
  const rows = await services.deliveryReader.getMany([{ destinationId: ends.destinationId, deliveryId: id }]);
  return rows.get(id) ?? deliveryWithoutRow(services, id, ends, fates);
}

/** @throws ApiError RESOURCE_NOT_FOUND, also for a delivery of another organization */
export async function findDeliveryWithAttempts(
  services: Services,
  organizationId: OrganizationId,
  id: DeliveryId,
): Promise<{ delivery: StoredDelivery; attempts: readonly LoggedAttempt[] }> {
  const ends = await endsOf(services, organizationId, id);
  const found = await services.deliveryReader.getWithAttempts({ destinationId: ends.destinationId, deliveryId: id });
  return found ?? { delivery: await deliveryWithoutRow(services, id, ends, ['sent']), attempts: [] };
}

async function endsOf(services: Services, organizationId: OrganizationId, id: DeliveryId): Promise<ConnectionEnds> {
  const ends = await services.connections.endsOfTag(tagOf(id));
  if (ends?.organizationId !== organizationId) throw notFound('Delivery', id);
  return ends;
}

/** A pending delivery, if what became of its event is one of these fates. @throws ApiError RESOURCE_NOT_FOUND */
async function deliveryWithoutRow(
  services: Services,
  id: DeliveryId,
  ends: ConnectionEnds,
  fates: readonly EventFate[],
): Promise<StoredDelivery> {
  const eventId = eventIdOf(id, ends.sourceId);
  const [event, connection] = await Promise.all([
    findUnexpired(services, ends.sourceId, eventId),
    services.connections.get(ends.id),
  ]);
  const fate = event && connection && (await fateOf(eventId, connection, services.eventFilters.createEvaluator(event)));
  if (!fate || !fates.includes(fate)) throw notFound('Delivery', id);
  return pendingDelivery(id, ends);
}

/** The organization's sources, or the one asked for, deleted or not. For another organization's source, none. */
export async function sourcesOf(
  { sources }: Services,
  organizationId: OrganizationId,
  asked: SourceId | undefined,
  max = MAX_MERGED,
): Promise<readonly PastSource[]> {
  if (asked === undefined) return all('source_id', max, (page) => sources.list(organizationId, page));
  const source = await sources.ever(asked);
  return source?.organizationId === organizationId ? [source] : [];
}

/** Ids of the organization's destinations, or the one asked for, deleted or not. For another organization's destination, none. */
export async function destinationIdsOf(
  { destinations }: Services,
  organizationId: OrganizationId,
  asked: DestinationId | undefined,
): Promise<DestinationId[]> {
  if (asked === undefined) {
    const every = await all('destination_id', MAX_MERGED, (page) => destinations.list(organizationId, page));
    return every.map(({ id }) => id);
  }
  return (await destinations.ownerOf(asked)) === organizationId ? [asked] : [];
}

async function all<T>(
  parameter: string,
  max: number,
  list: (page: ConfigPageRequest) => Promise<ConfigPage<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let page: ConfigPage<T> | undefined;
  do {
    page = await list({ limit: CONFIG_PAGE, after: page?.next });
    items.push(...page.items);
    if (page.next && items.length >= max) {
      throw validationFailed(parameter, `must be given: there are more than ${formatInteger(max)} to look through`);
    }
  } while (page.next);
  return items;
}

/** The lists that a page is merged from. @param list gets the list of one owner, with at most `rows` rows */
export function listsOf<Owner, Item>(
  owners: readonly Owner[],
  limit: number,
  list: (owner: Owner, rows: number) => Promise<Page<Item, string>>,
): Promise<Page<Item, string>[]> {
  const rows = Math.min(limit, Math.ceil(MAX_ROWS / Math.max(1, owners.length)));
  return inTurns(owners, AT_A_TIME, (owner) => list(owner, rows));
}

/** The time bounds of a list, in the form the stores take. */
export function timeRange({ since, until }: TimeQuery): { sinceMs?: number; untilMs?: number } {
  return { ...(since !== undefined && { sinceMs: since }), ...(until !== undefined && { untilMs: until }) };
}

interface TimeQuery {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}
