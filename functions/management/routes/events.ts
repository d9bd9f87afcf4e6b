import * as z from 'zod';
import { decodeRequest } from '../../../core/events/stored-request.ts';
import { exampleId, idSchema } from '../../../core/id-schema.ts';
import { publishEvent, requestOf } from '../../../core/ingest/published-event.ts';
import { eventTypeBy } from '../../shared/event-type.ts';
import {
  listParameters,
  listResponse,
  Paging,
  timeParameters,
  timesInOrder,
  timesInOrderMessage,
} from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { deliveryResponse, toDeliveryResponse } from '../responses/delivery.ts';
import { eventResponse, eventSummary, summaryOf, toEventResponse, toEventSummaryResponse } from '../responses/event.ts';
import { replayEvent } from '../use-cases/event-replay.ts';
import { eventsOfType } from '../use-cases/event-search.ts';
import { deliveriesOf, findEvent, listsOf, MAX_SEARCHED, sourcesOf, timeRange } from '../use-cases/history.ts';
import { ownSource } from '../use-cases/sources.ts';

/** The longest text in a body that is taken for a type. */
const MAX_TYPE_LENGTH = 1_024;

const eventQuery = z
  .strictObject({
    ...listParameters,
    ...timeParameters,
    source_id: idSchema('src').optional(),
    event_type: z
      .string()
      .min(1)
      .max(MAX_TYPE_LENGTH)
      .optional()
      .meta({ description: 'The exact `event_type` of the events.', examples: ['push'] }),
  })
  .refine(timesInOrder, timesInOrderMessage);

const params = z.strictObject({ id: idSchema('evt') });

const replaySelection = z
  .strictObject({
    destination_id: idSchema('dst').optional().meta({ description: 'Without it, the event is sent to all.' }),
  })
  .meta({ id: 'ReplayEvent', examples: [{ destination_id: exampleId('dst') }] });

export const eventRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/events',
    summary: 'Publish an event, as if it had come to the ingest URL of a source',
    access: 'write',
    body: publishEvent,
    idempotency: 'atomic',
    status: 201,
    response: eventSummary,
    handle: async ({ principal, body: published, sourceIp, now }, services) => {
      const source = await ownSource(services, principal, published.source_id);
      const { head, body } = requestOf(published, sourceIp);
      const id = await services.events.put(source, head, body, now.getTime());
      return summaryOf({ id, sourceId: source.id }, head, body.byteLength, eventTypeBy(source, head, body));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/events',
    summary: 'List events, newest first: of all sources or one, of all types or one',
    access: 'read',
    query: eventQuery,
    status: 200,
    response: listResponse('events', eventSummary),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const { source_id, event_type: eventType } = request.query;
      const nowMs = request.now.getTime();
      const page = { ...timeRange(request.query), limit: paging.limit, after: await paging.afterId(), nowMs };
      const { organizationId } = request.principal;
      const most = eventType === undefined ? undefined : MAX_SEARCHED;
      const sources = await sourcesOf(services, organizationId, source_id, most);
      const lists =
        eventType === undefined
          ? await listsOf(sources, paging.limit, ({ id }, limit) => services.events.list(id, { ...page, limit }))
          : await eventsOfType(services, sources, { ...page, eventType });
      const { items, rest } = await paging.merge(lists);
      const byId = new Map(sources.map((source) => [source.id, source]));
      return { events: items.map((event) => toEventSummaryResponse(event, byId.get(event.sourceId))), ...rest };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/events/{id}',
    summary: 'Get an event: what was received, byte for byte, and its deliveries',
    access: 'read',
    params,
    status: 200,
    response: eventResponse,
    handle: async ({ principal, params }, services) => {
      const event = await findEvent(services, principal.organizationId, params.id);
      const request = decodeRequest(event.request);
      const [body, source, deliveries] = await Promise.all([
        services.events.bodyOf(request),
        services.sources.get(event.sourceId),
        deliveriesOf(services, event),
      ]);
      return toEventResponse({ event, request, body, source, ...deliveries });
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/events/{id}/replay',
    summary: 'Send an event again, to all destinations of its source or to one',
    access: 'write',
    params,
    body: replaySelection,
    status: 200,
    response: z.object({ deliveries: z.array(deliveryResponse) }),
    handle: async ({ principal, params, body, now }, services) => {
      const sent = await replayEvent(services, principal.organizationId, params.id, body.destination_id, now);
      return { deliveries: sent.map(toDeliveryResponse) };
    },
  }),
];
