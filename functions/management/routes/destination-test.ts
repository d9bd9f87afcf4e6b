import { testWebhook } from '../../../core/ingest/published-event.ts';
import { defineRoute } from '../http/route.ts';
import { testResponse, toDestinationTestResponse } from '../responses/destination-test.ts';
import { testDestination } from '../use-cases/destination-test.ts';
import { ownDestination } from '../use-cases/destinations.ts';
import { destinationParams } from './destinations.ts';

export const destinationTestRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/test',
    summary: 'Send a webhook to a destination now, and see the result; nothing is stored',
    access: 'write',
    params: destinationParams,
    body: testWebhook,
    status: 200,
    response: testResponse,
    handle: async (request, services) => {
      const { principal, params, body } = request;
      const destination = await ownDestination(services, principal.organizationId, params.id);
      return toDestinationTestResponse(await testDestination(services, destination, body, request));
    },
  }),
];
