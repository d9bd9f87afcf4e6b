import { createConnectedDestination } from '../../../core/destinations/destination-schema.ts';
import { listQuery, listResponse, Paging } from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import {
  connectedDestinationResponse,
  createdConnectedDestinationResponse,
  maskUrlsFor,
  toDestinationResponse,
} from '../responses/destination.ts';
import { figuresOfAll } from '../use-cases/destination-figures.ts';
import { newDestination } from '../use-cases/destinations.ts';
import { ownSource } from '../use-cases/sources.ts';
import { toStoredTransform } from '../use-cases/transforms.ts';
import { sourceParams } from './sources.ts';

export const sourceDestinationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/sources/{id}/destinations',
    summary: 'Create a destination and connect the source to it, in one step',
    access: 'write',
    params: sourceParams,
    body: createConnectedDestination,
    idempotency: 'atomic',
    status: 201,
    response: createdConnectedDestinationResponse,
    errors: ['INVALID_URL'],
    handle: async ({ principal, params, body, now }, services) => {
      const { filter, transform: code, ...input } = body;
      const settings = { name: null, description: null, filter, transform: await toStoredTransform(services, code) };
      const { destination, secret } = await newDestination(services, principal.organizationId, input, now);
      const connection = await services.destinations.createConnected(destination, params.id, settings, now);
      return { ...toDestinationResponse(destination), secret, connection_id: connection.id };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/sources/{id}/destinations',
    summary: 'List the destinations that a source is connected to, the newest connection first',
    access: 'read',
    params: sourceParams,
    query: listQuery,
    status: 200,
    response: listResponse('destinations', connectedDestinationResponse),
    handle: async (request, services) => {
      await ownSource(services, request.principal, request.params.id);
      const paging = new Paging(services, request);
      const { shown, page } = await paging.fitting(async (pageRequest) => {
        const page = await services.connections.listOfSource(request.params.id, pageRequest);
        const destinations = await services.destinations.getMany(page.items.map(({ destinationId }) => destinationId));
        const figures = await figuresOfAll(services, [...destinations.values()]);
        const shown = page.items.flatMap(({ id, destinationId }) => {
          const destination = destinations.get(destinationId);
          if (!destination) return [];
          const shown = maskUrlsFor(
            request.principal.scope,
            toDestinationResponse(destination, figures(destinationId)),
          );
          return [{ ...shown, connection_id: id }];
        });
        return { page, shown };
      });
      return { destinations: shown, ...(await paging.rest(page)) };
    },
  }),
];
