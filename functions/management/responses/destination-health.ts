import * as z from 'zod';
import { type LifetimeFigures, lastDeliveryAtMs } from '../../../core/figures/destination-figures.ts';
import { healthStatuses } from '../../../core/figures/destination-health.ts';
import type { WindowHealth } from '../../../core/figures/figures-series.ts';
import { showWindow, windowFields } from './health.ts';
import { showTime, timestamp } from './times.ts';

const time = timestamp.nullable();

export const healthResponse = z
  .object({
    status: z.enum(healthStatuses).meta({ examples: ['healthy'] }),
    ...windowFields,
    last_delivery_at: time.meta({ description: 'Whenever it was, also before the window; so are the next two.' }),
    last_success_at: time,
    last_failure_at: time,
  })
  .meta({ id: 'DestinationHealth' });

export function showHealth(inWindow: WindowHealth, lifetime: LifetimeFigures): z.input<typeof healthResponse> {
  return {
    status: inWindow.health.status,
    ...showWindow(inWindow),
    last_delivery_at: showTime(lastDeliveryAtMs(lifetime)),
    last_success_at: showTime(lifetime.lastSuccessAtMs),
    last_failure_at: showTime(lifetime.lastFailureAtMs),
  };
}
