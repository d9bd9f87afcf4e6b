import * as z from 'zod';
import { destinationTypes } from '../../../core/destination-types/registry.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import { createDestination, updateDestination } from '../../../core/destinations/destination-schema.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { MANAGEMENT_SECONDS } from '../../lifetimes.ts';
import { booleanParameter, listParameters, listResponse, Paging, searchParameter } from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import {
  createdDestinationResponse,
  destinationResponse,
  destinationWithWaiting,
  maskUrlsFor,
  toDestinationResponse,
} from '../responses/destination.ts';
import { DELETED, deleted } from '../responses/success.ts';
import { toWaitingResponse } from '../responses/waiting.ts';
import { tombstone } from '../services.ts';
import { applyToHeld, releaseHeld } from '../use-cases/circuits.ts';
import { figuresOfAll } from '../use-cases/destination-figures.ts';
import { changeDestination, newDestination, ownDestination, toResponseWithFigures } from '../use-cases/destinations.ts';
import { lineDepthOf } from '../use-cases/waiting.ts';

export const destinationParams = z.strictObject({ id: idSchema('dst') });

/** After this, no request is under way any more: API Gateway and the function end after as long. */
const LONGEST_REQUEST_SECONDS = MANAGEMENT_SECONDS + 1;

const destinationQuery = z.strictObject({
  ...listParameters,
  enabled: booleanParameter,
  archived: booleanParameter,
  type: z.enum(destinationTypes).optional(),
  search: searchParameter,
});

export const destinationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations',
    summary: 'Create a destination; its secret is shown only in this response',
    access: 'write',
    body: createDestination,
    idempotency: 'atomic',
    status: 201,
    response: createdDestinationResponse,
    errors: ['INVALID_URL'],
    handle: async ({ principal, body, now }, services) => {
      const { destination, secret } = await newDestination(services, principal.organizationId, body, now);
      await services.destinations.create(destination);
      return { ...toDestinationResponse(destination), secret };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/destinations',
    summary: 'List destinations, newest first: all, or those that match filters',
    access: 'read',
    query: destinationQuery,
    status: 200,
    response: listResponse('destinations', destinationResponse),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const { principal, query } = request;
      const { scope } = principal;
      const filter = { ...query, search: query.search === undefined ? undefined : { text: query.search, scope } };
      const { shown, page } = await paging.fitting(async (pageRequest) => {
        const page = await services.destinations.list(principal.organizationId, pageRequest, filter);
        const figures = await figuresOfAll(services, page.items);
        const toResponse = (one: Destination) => maskUrlsFor(scope, toDestinationResponse(one, figures(one.id)));
        return { page, shown: page.items.map(toResponse) };
      });
      return { destinations: shown, ...(await paging.rest(page)) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}',
    summary: 'Get a destination, and how much waits in its line',
    access: 'read',
    params: destinationParams,
    status: 200,
    response: destinationWithWaiting,
    handle: async ({ principal, params }, services) => {
      const destination = await ownDestination(services, principal.organizationId, params.id);
      const [shown, waiting] = await Promise.all([
        toResponseWithFigures(services, destination),
        lineDepthOf(services, destination),
      ]);
      return { ...maskUrlsFor(principal.scope, shown), waiting: waiting && toWaitingResponse(waiting) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/destinations/{id}',
    summary: 'Change a destination; secret, headers, config and auth are replaced as a whole',
    access: 'write',
    params: destinationParams,
    body: updateDestination,
    status: 200,
    response: destinationResponse,
    errors: ['INVALID_URL', 'CONFLICT'],
    handle: async ({ principal, params, body, now }, services) => {
      const destination = await changeDestination(services, principal.organizationId, params.id, body, now);
      await applyToHeld(services, destination, body, now);
      return toResponseWithFigures(services, destination);
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/destinations/{id}',
    summary: 'Delete a destination: pending deliveries are cancelled, the history stays',
    access: 'write',
    params: destinationParams,
    status: 200,
    response: deleted,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) => {
      const { organizationId } = principal;
      await ownDestination(services, organizationId, params.id);
      // First: if the request breaks off in between, its retry gets a 404 and would never get here.
      await releaseHeld(services, params.id, now, LONGEST_REQUEST_SECONDS);
      await services.destinations.delete(organizationId, params.id, tombstone(now, services));
      return DELETED;
    },
  }),
];
