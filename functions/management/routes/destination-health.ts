import * as z from 'zod';
import { healthWindows } from '../../../core/figures/destination-health.ts';
import { sinceMsOf, windowHealthOf } from '../../../core/figures/figures-series.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { defineRoute } from '../http/route.ts';
import { healthResponse, toHealthResponse } from '../responses/destination-health.ts';
import { ownDestination } from '../use-cases/destinations.ts';

export const windowQuery = z.strictObject({ window: z.enum(healthWindows).default('24h') });

export const destinationHealthRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}/health',
    summary: 'How deliveries to a destination went in the last hour, day or week, as a whole and over time',
    access: 'read',
    params: z.strictObject({ id: idSchema('dst') }),
    query: windowQuery,
    status: 200,
    response: healthResponse,
    handle: async ({ principal, params, query: { window }, now }, services) => {
      const { id } = await ownDestination(services, principal.organizationId, params.id);
      const nowMs = now.getTime();
      const { slots, lifetime } = await services.figuresReader.since(id, sinceMsOf(window, nowMs));
      return toHealthResponse(windowHealthOf(slots, window, nowMs), lifetime);
    },
  }),
];
