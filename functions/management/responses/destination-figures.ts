import * as z from 'zod';
import {
  averageLatencyMs,
  type LifetimeFigures,
  lastDeliveryAtMs,
  successRate,
} from '../../../core/figures/destination-figures.ts';
import { timestamp, toTimestamp } from './times.ts';

/** The figures in every response about a destination, counting all its deliveries ever. */
export const figuresFields = {
  delivery_count: z.int().meta({ examples: [200] }),
  success_rate: z
    .number()
    .nullable()
    .meta({ description: 'In percent; `null` before the first delivery, like the next two.', examples: [99.5] }),
  avg_latency_ms: z
    .number()
    .nullable()
    .meta({ examples: [84] }),
  last_delivery_at: timestamp.nullable(),
};
const figuresResponse = z.object(figuresFields);

export function toFiguresResponse(lifetime: LifetimeFigures): z.input<typeof figuresResponse> {
  const { total, failed, latencyMs } = lifetime;
  return {
    delivery_count: total,
    success_rate: successRate(total, failed),
    avg_latency_ms: averageLatencyMs(total, latencyMs),
    last_delivery_at: toTimestamp(lastDeliveryAtMs(lifetime)),
  };
}
