import type { HalfOpenCircuit, OpenCircuit } from '../../../core/circuit/circuit.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import {
  type HealthStatus,
  type HealthWindow,
  healthStatuses,
  healthStatusOf,
} from '../../../core/figures/destination-health.ts';
import { type WindowEvents, windowEventsOf } from '../../../core/figures/event-counts.ts';
import { sinceMsOf, sumUp, type WindowHealth, windowHealthOf } from '../../../core/figures/figures-series.ts';
import type { OrganizationId } from '../../../core/ids.ts';
import type { Services } from '../services.ts';

/**
 * At worst, they had deliveries in every quarter of an hour of a week. That is 3,400 read units, and 134,000 rows to parse and
 * merge. This takes a good second of a full processor, or four to five of the function's share of one; the response is due within 29.
 */
const MAX_DESTINATIONS = 200;
/**
 * Each is one query of half a read unit, or one and a half for a busy week. Together that is 300 units and 3,200 rows of 96
 * counts, which take a third of a second of a full processor.
 */
const MAX_SOURCES = 200;
/** As many as one query counts at 1 KB each: 125 read units. */
const MAX_DEAD_LETTERS = 1_000;

/** The states in which deliveries fail. A destination that is `unknown` needs no attention. */
export const unhealthyStatuses = ['degraded', 'failing'] as const satisfies readonly HealthStatus[];
type UnhealthyStatus = (typeof unhealthyStatuses)[number];

/** How an organization is doing. Where `hasMore` is true, the real number may be higher. */
export interface Overview {
  readonly events: WindowEvents;
  readonly sources: { readonly count: number; readonly hasMore: boolean };
  readonly deliveries: WindowHealth;
  readonly destinations: {
    readonly count: number;
    readonly hasMore: boolean;
    readonly archived: number;
    /** Without the archived ones, as in the next three. */
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

/** Reads in rounds: each round needs what the one before found, and everything within a round is read at the same time. */
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
    // Archived destinations count too: archiving one must not lower the number of deliveries.
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
