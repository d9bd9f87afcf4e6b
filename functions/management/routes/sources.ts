import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import { createSource, updateSource } from '../../../core/ingest/source.ts';
import { listParameters, listResponse, Paging, searchParameter } from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { sourceResponse, toSourceResponse } from '../responses/source.ts';
import { DELETED, deleted } from '../responses/success.ts';
import { tombstone } from '../services.ts';
import { changeSource, newSource, ownSource } from '../use-cases/sources.ts';

export const sourceParams = z.strictObject({ id: idSchema('src') });

export const sourceRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/sources',
    summary: 'Create a source: an ingest URL',
    access: 'write',
    body: createSource,
    idempotency: 'atomic',
    status: 201,
    response: sourceResponse,
    handle: async ({ principal, body, now }, services) =>
      toSourceResponse(await newSource(services, principal.organizationId, body, now), services.ingestUrl),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/sources',
    summary: 'List sources, newest first: all, or by name',
    access: 'read',
    query: z.strictObject({ ...listParameters, search: searchParameter }),
    status: 200,
    response: listResponse('sources', sourceResponse),
    handle: async (request, services) => {
      const { principal, query } = request;
      const paging = new Paging(services, request);
      const page = await services.sources.list(principal.organizationId, await paging.request(), query.search);
      return {
        sources: page.items.map((source) => toSourceResponse(source, services.ingestUrl)),
        ...(await paging.rest(page)),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/sources/{id}',
    summary: 'Get a source',
    access: 'read',
    params: sourceParams,
    status: 200,
    response: sourceResponse,
    handle: async ({ principal, params }, services) =>
      toSourceResponse(await ownSource(services, principal, params.id), services.ingestUrl),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/sources/{id}',
    summary: 'Change a source; its verification is replaced as a whole',
    access: 'write',
    params: sourceParams,
    body: updateSource,
    status: 200,
    response: sourceResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, body, now }, services) =>
      toSourceResponse(
        await changeSource(services, principal.organizationId, params.id, body, now),
        services.ingestUrl,
      ),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/sources/{id}',
    summary: 'Delete a source and its connections; its events stay',
    access: 'write',
    params: sourceParams,
    status: 200,
    response: deleted,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) => {
      await services.sources.delete(principal.organizationId, params.id, tombstone(now, services));
      return DELETED;
    },
  }),
];
