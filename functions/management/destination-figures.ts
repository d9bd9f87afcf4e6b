import * as z from 'zod';
import type { Destination } from '../../core/destination.ts';
import {
  averageLatencyMs,
  type LifetimeFigures,
  lastDeliveryAtMs,
  NO_LIFETIME_FIGURES,
  successRate,
} from '../../core/destination-figures.ts';
import type { DestinationId } from '../../core/ids.ts';
import type { Services } from './services.ts';

/** What every answer about a destination tells of its deliveries, of all that there ever were. */
export const figuresFields = {
  delivery_count: z.int(),
  /** In percent; `null` before the first delivery, as are the next two. */
  success_rate: z.number().nullable(),
  avg_latency_ms: z.number().nullable(),
  last_delivery_at: z.iso.datetime().nullable(),
};
const figuresAnswer = z.object(figuresFields);

/** Of each of up to 100 destinations: one read. */
export async function figuresOfAll(
  { figuresReader }: Pick<Services, 'figuresReader'>,
  destinations: readonly Pick<Destination, 'id'>[],
): Promise<(id: DestinationId) => LifetimeFigures> {
  const found = await figuresReader.lifetimes(destinations.map(({ id }) => id));
  return (id) => found.get(id) ?? NO_LIFETIME_FIGURES;
}

export function showFigures(lifetime: LifetimeFigures): z.input<typeof figuresAnswer> {
  const { total, failed, latencyMs } = lifetime;
  return {
    delivery_count: total,
    success_rate: successRate(total, failed),
    avg_latency_ms: averageLatencyMs(total, latencyMs),
    last_delivery_at: showTime(lastDeliveryAtMs(lifetime)),
  };
}

export function showTime(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
