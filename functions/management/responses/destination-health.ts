import * as z from 'zod';
import { type LifetimeFigures, lastDeliveryAtMs } from '../../../core/figures/destination-figures.ts';
import { healthStatuses } from '../../../core/figures/destination-health.ts';
import type { WindowHealth } from '../../../core/figures/figures-series.ts';
import { toWindowResponse, windowFields } from './health.ts';
import { timestamp, toTimestamp } from './times.ts';

const time = timestamp.nullable();

export const healthResponse = z
  .object({
    status: z.enum(healthStatuses).meta({ examples: ['healthy'] }),
    ...windowFields,
    last_delivery_at: time.meta({ description: 'Even if it was before the window, like the next two.' }),
    last_success_at: time,
    last_failure_at: time,
  })
  .meta({ id: 'DestinationHealth' });

export function toHealthResponse(inWindow: WindowHealth, lifetime: LifetimeFigures): z.input<typeof healthResponse> {
  return {
    status: inWindow.health.status,
    ...toWindowResponse(inWindow),
    last_delivery_at: toTimestamp(lastDeliveryAtMs(lifetime)),
    last_success_at: toTimestamp(lifetime.lastSuccessAtMs),
    last_failure_at: toTimestamp(lifetime.lastFailureAtMs),
  };
}
