import type { HalfOpenCircuit, OpenCircuit } from '../../core/circuit.ts';
import type { Destination } from '../../core/destination.ts';
import { type HealthStatus, type HealthWindow, healthStatuses, healthStatusOf } from '../../core/destination-health.ts';
import { type WindowEvents, windowEventsOf } from '../../core/event-counts.ts';
import { sinceMsOf, sumUp, type WindowHealth, windowHealthOf } from '../../core/figures-series.ts';
import type { OrganizationId } from '../../core/ids.ts';
import type { Services } from './services.ts';

/**
 * At worst they had deliveries in every quarter of an hour of a week. That is 3,400 read units, and 134,000 rows to parse and
 * merge: a good second of a whole processor, so four or five of what the function has, which must answer within 29.
 */
const MAX_DESTINATIONS = 200;
/**
 * Each is a query, of half a read unit, or of one and a half for a busy week: 300 units, and 3,200 rows of 96 counts, a third of
 * a second of a whole processor.
 */
const MAX_SOURCES = 200;
/** As many as a query counts, where they have 1 KB each: 125 read units. */
const MAX_DEAD_LETTERS = 1_000;

/** Deliveries fail there; of what is `unknown` there is nothing to see to. */
export const unhealthyStatuses = ['degraded', 'failing'] as const satisfies readonly HealthStatus[];
type UnhealthyStatus = (typeof unhealthyStatuses)[number];

/** How an organization is doing. Of a number there may be more where `hasMore` says so. */
export interface Overview {
  readonly events: WindowEvents;
  readonly sources: { readonly count: number; readonly hasMore: boolean };
  readonly deliveries: WindowHealth;
  readonly destinations: {
    readonly count: number;
    readonly hasMore: boolean;
    readonly archived: number;
    /** Not archived; nor are the next three. */
    readonly disabled: number;
    readonly byStatus: Readonly<Record<HealthStatus, number>>;
    readonly unhealthy: readonly { readonly destination: Destination; readonly status: UnhealthyStatus }[];
    readonly openCircuits: readonly {
      readonly destination: Destination;
      readonly circuit: OpenCircuit | HalfOpenCircuit;
    }[];
  };
  readonly deadLetters: { readonly count: number; readonly hasMore: boolean };
}

/** Three reads, each of which needs what the one before found, and all that a read consists of at the same time. */
export async function overviewOf(
  { sources, destinations, deliveryLists, eventCounts, figuresReader, circuits }: Services,
  organizationId: OrganizationId,
  window: HealthWindow,
  nowMs: number,
): Promise<Overview> {
  const [ofSources, { items, next }, deadLetters] = await Promise.all([
    sources.list(organizationId, { limit: MAX_SOURCES }),
    destinations.list(organizationId, { limit: MAX_DESTINATIONS }),
    deliveryLists.countOf(organizationId, {}, MAX_DEAD_LETTERS),
  ]);
  const inUse = items.filter(({ archivedAt }) => archivedAt === null);
  const sinceMs = sinceMsOf(window, nowMs);
  const [counts, figures, known] = await Promise.all([
    eventCounts.since(idsOf(ofSources.items), sinceMs),
    figuresReader.sinceOfAll(idsOf(items), sinceMs, (slots) => sumUp(slots, window)),
    circuits.getMany(idsOf(inUse)),
  ]);
  const slotsOf = ({ id }: Destination) => figures.get(id) ?? [];
  const statuses = inUse.map((destination) => ({
    destination,
    status: healthStatusOf(slotsOf(destination).map((slot) => slot.figures)),
  }));
  return {
    events: windowEventsOf(counts, window, nowMs),
    sources: { count: ofSources.items.length, hasMore: ofSources.next !== undefined },
    // Also of those in the archive: what was delivered does not become less when its destination goes there.
    deliveries: windowHealthOf(items.flatMap(slotsOf), window, nowMs),
    destinations: {
      count: items.length,
      hasMore: next !== undefined,
      archived: items.length - inUse.length,
      disabled: inUse.filter(({ enabled }) => !enabled).length,
      byStatus: countEach(statuses.map(({ status }) => status)),
      unhealthy: statuses.flatMap(({ destination, status }) => (isUnhealthy(status) ? [{ destination, status }] : [])),
      openCircuits: inUse.flatMap((destination) => {
        const circuit = known.get(destination.id);
        return circuit && circuit.state !== 'closed' ? [{ destination, circuit }] : [];
      }),
    },
    deadLetters,
  };
}

function idsOf<Id>(things: readonly { readonly id: Id }[]): Id[] {
  return things.map(({ id }) => id);
}

function isUnhealthy(status: HealthStatus): status is UnhealthyStatus {
  return unhealthyStatuses.some((unhealthy) => unhealthy === status);
}

function countEach(found: readonly HealthStatus[]): Record<HealthStatus, number> {
  const countOf = (status: HealthStatus) => found.filter((one) => one === status).length;
  return Object.fromEntries(healthStatuses.map((status) => [status, countOf(status)])) as Record<HealthStatus, number>;
}
