import * as z from 'zod';
import { type EventCount, NO_EVENTS } from '../../../core/figures/event-counts.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type Overview, unhealthyStatuses } from '../use-cases/overview.ts';
import { openCircuitResponse, toOpenCircuitResponse } from './circuit.ts';
import { pointResponse, seriesOf, toWindowResponse, windowFields } from './health.ts';

const hasMore = (description: string) => z.boolean().meta({ description, examples: [false] });
const count = (example: number, description?: string) =>
  z.int().meta({ ...(description !== undefined && { description }), examples: [example] });

const eventFields = {
  new_events: count(60, 'Events that were accepted in that time, each once, wherever it goes.'),
  unrouted_events: count(2, 'Those that no connection passed on: there was none, or its filter excluded them.'),
};

const destinationsField = z.object({
  count: count(12, 'Of the newest, archived ones included: all that this response covers.'),
  has_more: hasMore('Whether there are older ones, which this response does not cover.'),
  archived: count(1),
  disabled: count(0, 'Without archived ones, like the numbers by status.'),
  by_status: z.object({ healthy: count(9), degraded: count(1), failing: count(1), unknown: count(0) }),
});

const unhealthyResponse = z
  .object({
    destination_id: idSchema('dst'),
    destination_name: z.string().meta({ examples: ['Build'] }),
    status: z.enum(unhealthyStatuses).meta({ examples: ['failing'] }),
  })
  .meta({ id: 'UnhealthyDestination' });

export const overviewResponse = z
  .object({
    ...windowFields,
    ...eventFields,
    series: seriesOf(pointResponse.extend(eventFields).meta({ id: 'OverviewPoint' })),
    sources: z.object({
      count: count(4, 'The newest, whose events are counted.'),
      has_more: hasMore('Whether there are older ones, whose events are not counted here.'),
    }),
    destinations: destinationsField,
    unhealthy: z.array(unhealthyResponse).meta({
      description: 'The degraded and failing ones of `by_status`, the newest destination first.',
    }),
    open_circuits: z
      .array(openCircuitResponse)
      .meta({ description: 'Open and half-open ones, the newest destination first.' }),
    dead_letters: z.object({
      count: count(3),
      has_more: hasMore('Whether there are more than were counted.'),
    }),
  })
  .meta({ id: 'Overview' });

export function toOverviewResponse(overview: Overview): z.input<typeof overviewResponse> {
  const { sources, destinations, deadLetters } = overview;
  return {
    ...toSeriesFields(overview),
    sources: { count: sources.count, has_more: sources.hasMore },
    destinations: {
      count: destinations.count,
      has_more: destinations.hasMore,
      archived: destinations.archived,
      disabled: destinations.disabled,
      by_status: destinations.byStatus,
    },
    unhealthy: destinations.unhealthy.map(({ destination, status }) => ({
      destination_id: destination.id,
      destination_name: destination.name,
      status,
    })),
    open_circuits: destinations.openCircuits.map(({ destination, circuit }) =>
      toOpenCircuitResponse(destination, circuit),
    ),
    dead_letters: { count: deadLetters.count, has_more: deadLetters.hasMore },
  };
}

/** Events and deliveries have the same points in time, so each point shows both. */
function toSeriesFields({ events, deliveries }: Overview) {
  const { series, ...shown } = toWindowResponse(deliveries);
  const eventsAt = (index: number) => toEventFields(events.series[index] ?? NO_EVENTS);
  return {
    ...shown,
    ...toEventFields(events),
    series: series.map((point, index) => ({ ...point, ...eventsAt(index) })),
  };
}

function toEventFields({ events, unrouted }: EventCount) {
  return { new_events: events, unrouted_events: unrouted };
}
