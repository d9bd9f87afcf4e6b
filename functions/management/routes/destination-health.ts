import * as z from 'zod';
import { lastDeliveryAtMs } from '../../../core/destination-figures.ts';
import { healthStatuses } from '../../../core/destination-health.ts';
import { sinceMsOf, windowHealthOf } from '../../../core/figures-series.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { showWindow, windowFields, windowQuery } from '../answers/health.ts';
import { showTime, timestamp } from '../answers/times.ts';
import { ownDestination } from '../destinations.ts';
import { defineRoute } from '../http/route.ts';

const time = timestamp.nullable();

export const healthAnswer = z
  .object({
    status: z.enum(healthStatuses).meta({ examples: ['healthy'] }),
    ...windowFields,
    last_delivery_at: time.meta({ description: 'Whenever it was, also before the window; so are the next two.' }),
    last_success_at: time,
    last_failure_at: time,
  })
  .meta({ id: 'DestinationHealth' });

export const destinationHealthRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}/health',
    summary: 'How deliveries to a destination went in the last hour, day or week, as a whole and over time',
    access: 'read',
    params: z.strictObject({ id: idSchema('dst') }),
    query: windowQuery,
    status: 200,
    response: healthAnswer,
    handle: async ({ principal, params, query: { window }, now }, services) => {
      const { id } = await ownDestination(services, principal.organizationId, params.id);
      const nowMs = now.getTime();
      const { slots, lifetime } = await services.figuresReader.since(id, sinceMsOf(window, nowMs));
      const inWindow = windowHealthOf(slots, window, nowMs);
      return {
        status: inWindow.health.status,
        ...showWindow(inWindow),
        last_delivery_at: showTime(lastDeliveryAtMs(lifetime)),
        last_success_at: showTime(lifetime.lastSuccessAtMs),
        last_failure_at: showTime(lifetime.lastFailureAtMs),
      };
    },
  }),
];
