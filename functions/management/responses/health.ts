import * as z from 'zod';
import { type Health, healthWindows, pointMs } from '../../../core/figures/destination-health.ts';
import type { WindowHealth } from '../../../core/figures/figures-series.ts';
import { isoTime } from '../../../core/iso-time.ts';
import { timestamp } from './times.ts';

const latency = z.number().nullable();

const rateField = z
  .number()
  .nullable()
  .meta({ description: 'In percent; `null` without deliveries in that time, like the latencies.', examples: [99.5] });

const countFields = {
  new_deliveries: z.int().meta({
    description: 'Deliveries whose first attempt ended in that time: the incoming events, once for each destination.',
    examples: [180],
  }),
  total_deliveries: z.int().meta({ description: 'Attempts that ended in that time.', examples: [200] }),
  successful_deliveries: z.int().meta({ examples: [199] }),
  failed_deliveries: z.int().meta({ examples: [1] }),
};

const percentileFields = {
  p50_latency_ms: latency.meta({ examples: [71] }),
  p95_latency_ms: latency.meta({ examples: [190] }),
  p99_latency_ms: latency.meta({ examples: [420] }),
};

export const pointResponse = z
  .object({ start: timestamp, ...countFields, success_rate: rateField, ...percentileFields })
  .meta({ id: 'HealthPoint' });

export function seriesOf<Point extends z.ZodType>(point: Point) {
  return z.array(point).meta({
    description:
      'Oldest first, without gaps. The first covers only the part inside the window; the last is still under way.',
  });
}

/** How deliveries went in a window, as a whole and over time. */
export const windowFields = {
  window: z.enum(healthWindows).meta({ examples: ['24h'] }),
  success_rate: rateField,
  avg_latency_ms: latency.meta({ examples: [84] }),
  ...percentileFields,
  ...countFields,
  point_seconds: z.int().meta({ description: 'How much time each point of `series` covers.', examples: [3600] }),
  series: seriesOf(pointResponse),
};
const windowResponse = z.object(windowFields);

export function toWindowResponse({ window, health, series }: WindowHealth): z.input<typeof windowResponse> {
  return {
    window,
    ...toRateFields(health),
    avg_latency_ms: health.averageLatencyMs,
    ...toLatencyFields(health),
    ...toCountFields(health),
    point_seconds: pointMs[window] / 1000,
    series: series.map((point) => ({
      start: isoTime(point.startMs),
      ...toCountFields(point.health),
      ...toRateFields(point.health),
      ...toLatencyFields(point.health),
    })),
  };
}

function toRateFields({ successRate }: Health) {
  return { success_rate: successRate };
}

function toLatencyFields({ p50LatencyMs, p95LatencyMs, p99LatencyMs }: Health) {
  return { p50_latency_ms: p50LatencyMs, p95_latency_ms: p95LatencyMs, p99_latency_ms: p99LatencyMs };
}

function toCountFields({ begun, total, successful, failed }: Health) {
  return {
    new_deliveries: begun,
    total_deliveries: total,
    successful_deliveries: successful,
    failed_deliveries: failed,
  };
}
