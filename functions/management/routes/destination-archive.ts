import type { DestinationId } from '../../../core/ids.ts';
import type { Principal } from '../http/principal.ts';
import { defineRoute } from '../http/route.ts';
import { destinationResponse } from '../responses/destination.ts';
import type { Services } from '../services.ts';
import { releaseHeld } from '../use-cases/circuits.ts';
import { toResponseWithFigures } from '../use-cases/destinations.ts';
import { destinationParams } from './destinations.ts';

async function setArchived(services: Services, principal: Principal, id: DestinationId, archived: boolean, now: Date) {
  const destination = await services.destinations.setArchived(principal.organizationId, id, archived, now);
  await releaseHeld(services, id, now);
  return toResponseWithFigures(services, destination);
}

export const destinationArchiveRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/archive',
    summary: 'Archive a destination: it takes no new events, and pending deliveries are cancelled',
    access: 'write',
    params: destinationParams,
    status: 200,
    response: destinationResponse,
    handle: ({ principal, params, now }, services) => setArchived(services, principal, params.id, true, now),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/unarchive',
    summary: 'Unarchive a destination: it takes the events that are accepted from now on',
    access: 'write',
    params: destinationParams,
    status: 200,
    response: destinationResponse,
    handle: ({ principal, params, now }, services) => setArchived(services, principal, params.id, false, now),
  }),
];
