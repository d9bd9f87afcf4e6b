import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import {
  type ListRequest,
  listParameters,
  listResponse,
  Paging,
  timeParameters,
  timesInOrder,
  timesInOrderMessage,
} from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { deliveryResponse, toDeliveryResponse } from '../responses/delivery.ts';
import { DELETED, deleted } from '../responses/success.ts';
import type { Services } from '../services.ts';
import { discardDeadLetter, replayDeadLetter } from '../use-cases/dead-letters.ts';
import { destinationIdsOf, timeRange } from '../use-cases/history.ts';

const params = z.strictObject({ delivery_id: idSchema('dlv') });
const position = z.object({ destinationId: idSchema('dst'), deliveryId: idSchema('dlv') });

const deadLetterQuery = z
  .strictObject({ ...listParameters, ...timeParameters, destination_id: idSchema('dst').optional() })
  .refine(timesInOrder, timesInOrderMessage);
/** A page of the organization's dead letters, of all or of one destination, the newest event first. */
async function deadLetters(services: Services, request: ListRequest & { query: z.output<typeof deadLetterQuery> }) {
  const { deliveryLists } = services;
  const { organizationId } = request.principal;
  const { destination_id: asked } = request.query;
  const paging = new Paging(services, request);
  const page = { ...timeRange(request.query), limit: paging.limit };
  if (asked === undefined) {
    const after = await paging.after(position);
    const { items, next } = await deliveryLists.deadOfOrganization(organizationId, { ...page, after });
    return { dead: items, rest: await paging.next(next) };
  }
  const after = await paging.afterId();
  const destinationIds = await destinationIdsOf(services, organizationId, asked);
  const lists = destinationIds.map((id) => deliveryLists.ofDestination(id, { ...page, status: 'dead', after }));
  const { items, rest } = await paging.merge(await Promise.all(lists));
  return { dead: items, rest };
}

export const deadLetterRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/dead-letters',
    summary: 'List deliveries that ran out of retries, the newest event first',
    access: 'read',
    query: deadLetterQuery,
    status: 200,
    response: listResponse('dead_letters', deliveryResponse),
    handle: async (request, services) => {
      const { dead, rest } = await deadLetters(services, request);
      return { dead_letters: dead.map(toDeliveryResponse), ...rest };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/dead-letters/{delivery_id}/replay',
    summary: 'Send a dead letter again, with all of its retries',
    access: 'write',
    params,
    status: 200,
    response: deliveryResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) =>
      toDeliveryResponse(await replayDeadLetter(services, principal.organizationId, params.delivery_id, now)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/dead-letters/{delivery_id}',
    summary: 'Discard a dead letter: the delivery is cancelled',
    access: 'write',
    params,
    status: 200,
    response: deleted,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) => {
      await discardDeadLetter(services, principal.organizationId, params.delivery_id, now);
      return DELETED;
    },
  }),
];
