import { destinationAnswer, showDestination } from '../answers.ts';
import { defineRoute } from '../route.ts';
import { destinationParams } from './destinations.ts';

export const destinationArchiveRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/archive',
    summary: 'Archive a destination: it takes no new events, and what is pending is cancelled',
    access: 'write',
    params: destinationParams,
    status: 200,
    response: destinationAnswer,
    handle: async ({ principal, params, now }, { destinations }) =>
      showDestination(await destinations.setArchived(principal.organizationId, params.id, true, now)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/unarchive',
    summary: 'Unarchive a destination: it takes the events that are accepted from now on',
    access: 'write',
    params: destinationParams,
    status: 200,
    response: destinationAnswer,
    handle: async ({ principal, params, now }, { destinations }) =>
      showDestination(await destinations.setArchived(principal.organizationId, params.id, false, now)),
  }),
];
