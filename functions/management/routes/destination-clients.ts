import { defineRoute } from '../http/route.ts';
import { clientsResponse, ticketResponse, toClientsResponse, toTicketResponse } from '../responses/client.ts';
import { ownDestination } from '../use-cases/destinations.ts';
import { newTicket } from '../use-cases/tickets.ts';
import { destinationParams } from './destinations.ts';

export const destinationClientRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/tickets',
    summary: 'Create a ticket that lets one client connect to a WebSocket destination, once, within a minute',
    // Not `read`: what a client takes counts as delivered, and is then not held for another client.
    access: 'write',
    params: destinationParams,
    // A repeat would return a ticket that may be used up already, and its text would have to be stored until then.
    idempotency: 'ignored',
    status: 201,
    response: ticketResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) => {
      const { organizationId, holder } = principal;
      const destination = await ownDestination(services, organizationId, params.id);
      return toTicketResponse(await newTicket(services, destination, holder, now));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}/clients',
    summary: 'List all clients that are connected to a WebSocket destination',
    access: 'read',
    params: destinationParams,
    status: 200,
    response: clientsResponse,
    handle: async ({ principal, params, now }, services) => {
      const { id } = await ownDestination(services, principal.organizationId, params.id);
      return toClientsResponse(await services.clients.of(id, now.getTime()));
    },
  }),
];
