import * as z from 'zod';
import { destinationTemplates } from '../../../core/destination-templates/registry.ts';
import { listQuery, listResponse, Paging } from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { templateResponse, toTemplateResponse } from '../responses/destination-template.ts';

export const destinationTemplateRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/templates',
    summary: 'List the services for which a destination can be created from a template',
    access: 'read',
    query: listQuery,
    status: 200,
    response: listResponse('templates', templateResponse),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const last = await paging.after(z.string());
      const rest = destinationTemplates.slice(destinationTemplates.findIndex(({ id }) => id === last) + 1);
      const page = rest.slice(0, paging.limit);
      const next = await paging.next(page.length < rest.length ? page.at(-1)?.id : undefined);
      return { templates: page.map(toTemplateResponse), ...next };
    },
  }),
];
