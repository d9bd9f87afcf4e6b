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
import { showTime, timestamp } from './answers/times.ts';
import type { Services } from './services.ts';

/** What every answer about a destination tells of its deliveries, of all that there ever were. */
export const figuresFields = {
  delivery_count: z.int().meta({ examples: [200] }),
  success_rate: z
    .number()
    .nullable()
    .meta({ description: 'In percent; `null` before the first delivery, as are the next two.', examples: [99.5] }),
  avg_latency_ms: z
    .number()
    .nullable()
    .meta({ examples: [84] }),
  last_delivery_at: timestamp.nullable(),
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
