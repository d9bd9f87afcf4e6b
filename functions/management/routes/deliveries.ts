import * as z from 'zod';
import { ApiError } from '../../../core/api-error.ts';
import { deliveryStatuses } from '../../../core/deliveries/delivery.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { EventId, OrganizationId } from '../../../core/ids.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import {
  listParameters,
  listResponse,
  Paging,
  timeParameters,
  timesInOrder,
  timesInOrderMessage,
} from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { toLoggedAttemptsResponse } from '../responses/attempt.ts';
import { deliveryResponse, deliveryWithAttempts, toDeliveryResponse } from '../responses/delivery.ts';
import type { Services } from '../services.ts';
import { cancelDelivery, retryDelivery } from '../use-cases/deliveries.ts';
import {
  deliveriesOf,
  destinationIdsOf,
  findDeliveryWithAttempts,
  findEvent,
  listsOf,
  timeRange,
} from '../use-cases/history.ts';

const params = z.strictObject({ id: idSchema('dlv') });

const deliveryQuery = z
  .strictObject({
    ...listParameters,
    ...timeParameters,
    destination_id: idSchema('dst').optional(),
    event_id: idSchema('evt').optional(),
    status: z.enum(deliveryStatuses).optional(),
  })
  .refine((query) => query.event_id === undefined || (query.since ?? query.until) === undefined, {
    path: ['event_id'],
    message: 'cannot be combined with since or until: all deliveries of an event have its time',
  })
  .refine(timesInOrder, timesInOrderMessage);

/** An event that does not exist, or belongs to another organization, has no deliveries to list. */
async function ofEvent(services: Services, organizationId: OrganizationId, id: EventId): Promise<StoredDelivery[]> {
  try {
    return (await deliveriesOf(services, await findEvent(services, organizationId, id))).deliveries;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'RESOURCE_NOT_FOUND') return [];
    throw error;
  }
}

export const deliveryRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/deliveries',
    summary: 'List deliveries, newest first: all, or those of one destination, one event or one status',
    access: 'read',
    query: deliveryQuery,
    status: 200,
    response: listResponse('deliveries', deliveryResponse),
    handle: async (request, services) => {
      const { query } = request;
      const { organizationId } = request.principal;
      const paging = new Paging(services, request);
      const after = await paging.afterId();
      if (query.event_id) {
        const all = await ofEvent(services, organizationId, query.event_id);
        const { items, rest } = await paging.merge([{ items: all.filter(isWanted(query, after)) }]);
        return { deliveries: items.map(toDeliveryResponse), ...rest };
      }
      const destinationIds = await destinationIdsOf(services, organizationId, query.destination_id);
      const page = { ...timeRange(query), status: query.status, after };
      const lists = await listsOf(destinationIds, paging.limit, (id, limit) =>
        services.deliveryLists.ofDestination(id, { ...page, limit }),
      );
      const { items, rest } = await paging.merge(lists);
      return { deliveries: items.map(toDeliveryResponse), ...rest };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/deliveries/{id}',
    summary: 'Get a delivery with its attempts',
    access: 'read',
    params,
    status: 200,
    response: deliveryWithAttempts,
    handle: async ({ principal, params }, services) => {
      const { delivery, attempts } = await findDeliveryWithAttempts(services, principal.organizationId, params.id);
      return { ...toDeliveryResponse(delivery), attempts: toLoggedAttemptsResponse(attempts) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/deliveries/{id}/retry',
    summary: 'Send a delivery now: again if it has ended, otherwise without waiting for its next attempt',
    access: 'write',
    params,
    status: 200,
    response: deliveryResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) =>
      toDeliveryResponse(await retryDelivery(services, principal.organizationId, params.id, now)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/deliveries/{id}/cancel',
    summary: 'Cancel a delivery that has not ended',
    access: 'write',
    params,
    status: 200,
    response: deliveryResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) =>
      toDeliveryResponse(await cancelDelivery(services, principal.organizationId, params.id, now)),
  }),
];

function isWanted(
  { destination_id, status }: z.output<typeof deliveryQuery>,
  after: string | undefined,
): (delivery: StoredDelivery) => boolean {
  return (delivery) =>
    (destination_id === undefined || delivery.destinationId === destination_id) &&
    (status === undefined || delivery.status === status) &&
    (after === undefined || delivery.id < after);
}
