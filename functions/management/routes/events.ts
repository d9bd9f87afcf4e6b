import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import { decodeRequest } from '../../../core/stored-request.ts';
import { deliveriesOf, findEvent, sourceIdsOf, timeRange } from '../history.ts';
import { eventAnswer, eventSummary, showEvent, showEventSummary } from '../history-answers.ts';
import { listAnswer, listParameters, Paging, timeParameters, timesInOrder, timesInOrderMessage } from '../paging.ts';
import { defineRoute } from '../route.ts';

const eventQuery = z
  .strictObject({ ...listParameters, ...timeParameters, source_id: idSchema('src').optional() })
  .refine(timesInOrder, timesInOrderMessage);

export const eventRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/events',
    summary: 'List events, newest first, of all or of one source',
    access: 'read',
    query: eventQuery,
    status: 200,
    response: listAnswer('events', eventSummary),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const page = { ...timeRange(request.query), limit: paging.limit, after: await paging.afterId() };
      const sourceIds = await sourceIdsOf(services, request.principal.organizationId, request.query.source_id);
      const lists = await Promise.all(sourceIds.map((id) => services.events.list(id, page)));
      const { items, rest } = await paging.merge(lists);
      return { events: items.map(showEventSummary), ...rest };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/events/{id}',
    summary: 'Get an event: what was received, byte for byte, and its deliveries',
    access: 'read',
    params: z.strictObject({ id: idSchema('evt') }),
    status: 200,
    response: eventAnswer,
    handle: async ({ principal, params }, services) => {
      const event = await findEvent(services, principal.organizationId, params.id);
      const [body, deliveries] = await Promise.all([
        services.events.bodyOf(decodeRequest(event.request)),
        deliveriesOf(services, event),
      ]);
      return showEvent(event, body, deliveries);
    },
  }),
];
