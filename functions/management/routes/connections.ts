import * as z from 'zod';
import { notFound } from '../../../core/api-error.ts';
import { type Connection, createConnection, updateConnection } from '../../../core/deliveries/connection.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import type { ConfigPage, ConfigPageRequest } from '../../stores/config/config-table.ts';
import { listParameters, listResponse, Paging } from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { connectionResponse, toConnectionResponse } from '../responses/connection.ts';
import { DELETED, deleted } from '../responses/success.ts';
import { type Services, tombstone } from '../services.ts';
import { toStoredTransform } from '../use-cases/transforms.ts';

const params = z.strictObject({ id: idSchema('con') });

const connectionQuery = z
  .strictObject({
    ...listParameters,
    source_id: idSchema('src').optional(),
    destination_id: idSchema('dst').optional(),
  })
  .refine((query) => query.source_id === undefined || query.destination_id === undefined, {
    path: ['destination_id'],
    message:
      'cannot be combined with source_id; a source and a destination have at most one connection, so filter by either',
  });

interface Filter {
  readonly source_id?: SourceId | undefined;
  readonly destination_id?: DestinationId | undefined;
}

/** A source or destination of another organization is treated like one that does not exist: it has no connections to show. */
async function pageOf(
  services: Services,
  organizationId: OrganizationId,
  { source_id, destination_id }: Filter,
  page: ConfigPageRequest,
): Promise<ConfigPage<Connection>> {
  if (source_id) return own(organizationId, await services.connections.listOfSource(source_id, page));
  if (destination_id) return own(organizationId, await services.connections.listOfDestination(destination_id, page));
  return services.connections.list(organizationId, page);
}

/** Both ends of a connection belong to one organization, so a page is either all its own or all another's. */
function own(organizationId: OrganizationId, page: ConfigPage<Connection>): ConfigPage<Connection> {
  return page.items.every((connection) => connection.organizationId === organizationId) ? page : { items: [] };
}

export const connectionRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/connections',
    summary: 'Connect a source to a destination',
    access: 'write',
    body: createConnection,
    idempotency: 'atomic',
    status: 201,
    response: connectionResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, body, now }, services) => {
      const { source_id: sourceId, destination_id: destinationId, transform: code, ...settings } = body;
      const ends = { organizationId: principal.organizationId, sourceId, destinationId };
      const transform = await toStoredTransform(services, code);
      return toConnectionResponse(await services.connections.create(ends, { ...settings, transform }, now));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/connections',
    summary: 'List connections, newest first: all, or those of one source or destination',
    access: 'read',
    query: connectionQuery,
    status: 200,
    response: listResponse('connections', connectionResponse),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const { shown, page } = await paging.fitting(async (pageRequest) => {
        const page = await pageOf(services, request.principal.organizationId, request.query, pageRequest);
        return { page, shown: page.items.map(toConnectionResponse) };
      });
      return { connections: shown, ...(await paging.rest(page)) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/connections/{id}',
    summary: 'Get a connection',
    access: 'read',
    params,
    status: 200,
    response: connectionResponse,
    handle: async ({ principal, params }, { connections }) => {
      const connection = await connections.get(params.id);
      if (connection?.organizationId !== principal.organizationId) throw notFound('Connection', params.id);
      return toConnectionResponse(connection);
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/connections/{id}',
    summary: 'Rename, describe, filter or transform a connection; its ends never change',
    access: 'write',
    params,
    body: updateConnection,
    status: 200,
    response: connectionResponse,
    handle: async ({ principal, params, body, now }, services) => {
      const { transform: code, ...settings } = body;
      const transform = code === undefined ? undefined : await toStoredTransform(services, code);
      const change = { ...settings, transform };
      return toConnectionResponse(await services.connections.update(principal.organizationId, params.id, change, now));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/connections/{id}',
    summary: 'Delete a connection; its existing deliveries continue',
    access: 'write',
    params,
    status: 200,
    response: deleted,
    handle: async ({ principal, params, now }, services) => {
      await services.connections.delete(principal.organizationId, params.id, tombstone(now, services));
      return DELETED;
    },
  }),
];
