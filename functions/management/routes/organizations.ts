import { createOrganization } from '../../../core/access/organization.ts';
import { listQuery, listResponse, Paging } from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { organizationResponse, toOrganizationResponse } from '../responses/organization.ts';

export const organizationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/organizations',
    summary: 'Create an organization',
    access: 'root',
    body: createOrganization,
    idempotency: 'atomic',
    status: 201,
    response: organizationResponse,
    errors: ['CONFLICT'],
    handle: async ({ body, now }, { organizations }) =>
      toOrganizationResponse(await organizations.create(body.name, now)),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/organizations',
    summary: 'List organizations, newest first',
    access: 'root',
    query: listQuery,
    status: 200,
    response: listResponse('organizations', organizationResponse),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const page = await services.organizations.list(await paging.request());
      return { organizations: page.items.map(toOrganizationResponse), ...(await paging.rest(page)) };
    },
  }),
];
