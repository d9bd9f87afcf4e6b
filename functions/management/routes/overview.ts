import { defineRoute } from '../http/route.ts';
import { overviewResponse, toOverviewResponse } from '../responses/overview.ts';
import { overviewOf } from '../use-cases/overview.ts';
import { windowQuery } from './destination-health.ts';

export const overviewRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/overview',
    summary: 'How the organization is doing: deliveries of the last hour, day or week, and what needs attention',
    access: 'read',
    query: windowQuery,
    status: 200,
    response: overviewResponse,
    handle: async ({ principal, query: { window }, now }, services) =>
      toOverviewResponse(await overviewOf(services, principal.organizationId, window, now.getTime())),
  }),
];
