import * as z from 'zod';
import { lastDeliveryAtMs } from '../../../core/destination-figures.ts';
import { healthOf, healthStatuses, healthWindows, windowMs } from '../../../core/destination-health.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { ownDestination } from '../destinations.ts';
import { defineRoute } from '../route.ts';
import { showTime, timestamp } from '../times.ts';

const time = timestamp.nullable();
const latency = z.number().nullable();

export const healthAnswer = z
  .object({
    window: z.enum(healthWindows).meta({ examples: ['24h'] }),
    status: z.enum(healthStatuses).meta({ examples: ['healthy'] }),
    success_rate: z
      .number()
      .nullable()
      .meta({
        description: 'In percent; `null` without deliveries in the window, as are the latencies.',
        examples: [99.5],
      }),
    avg_latency_ms: latency.meta({ examples: [84] }),
    p50_latency_ms: latency.meta({ examples: [71] }),
    p95_latency_ms: latency.meta({ examples: [190] }),
    p99_latency_ms: latency.meta({ examples: [420] }),
    total_deliveries: z.int().meta({ examples: [200] }),
    successful_deliveries: z.int().meta({ examples: [199] }),
    failed_deliveries: z.int().meta({ examples: [1] }),
    last_delivery_at: time.meta({ description: 'Whenever it was, also before the window; so are the next two.' }),
    last_success_at: time,
    last_failure_at: time,
  })
  .meta({ id: 'DestinationHealth' });

export const destinationHealthRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}/health',
    summary: 'How deliveries to a destination went in the last hour, day or week',
    access: 'read',
    params: z.strictObject({ id: idSchema('dst') }),
    query: z.strictObject({ window: z.enum(healthWindows).default('24h') }),
    status: 200,
    response: healthAnswer,
    handle: async ({ principal, params, query: { window }, now }, services) => {
      const { id } = await ownDestination(services, principal.organizationId, params.id);
      const { figures, lifetime } = await services.figuresReader.since(id, now.getTime() - windowMs[window]);
      const health = healthOf(figures);
      return {
        window,
        status: health.status,
        success_rate: health.successRate,
        avg_latency_ms: health.averageLatencyMs,
        p50_latency_ms: health.p50LatencyMs,
        p95_latency_ms: health.p95LatencyMs,
        p99_latency_ms: health.p99LatencyMs,
        total_deliveries: health.total,
        successful_deliveries: health.successful,
        failed_deliveries: health.failed,
        last_delivery_at: showTime(lastDeliveryAtMs(lifetime)),
        last_success_at: showTime(lifetime.lastSuccessAtMs),
        last_failure_at: showTime(lifetime.lastFailureAtMs),
      };
    },
  }),
];
