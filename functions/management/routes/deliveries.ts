import * as z from 'zod';
import { ApiError } from '../../../core/api-error.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { DeliveryId, DestinationId, EventId, OrganizationId } from '../../../core/ids.ts';
import type { StoredDelivery } from '../../stores/deliveries/delivery-row.ts';
import { deliveriesOf, destinationIdsOf, findDelivery, findEvent, timeRange } from '../history.ts';
import { deliveryAnswer, deliveryWithAttempts, showAttempt, showDelivery } from '../history-answers.ts';
import { listAnswer, listParameters, Paging, timeParameters, timesInOrder, timesInOrderMessage } from '../paging.ts';
import { defineRoute } from '../route.ts';
import type { Services } from '../services.ts';

const deliveryQuery = z
  .strictObject({
    ...listParameters,
    ...timeParameters,
    destination_id: idSchema('dst').optional(),
    event_id: idSchema('evt').optional(),
  })
  .refine((query) => query.event_id === undefined || (query.since ?? query.until) === undefined, {
    path: ['event_id'],
    message: 'cannot be combined with since or until: all deliveries of an event have its time',
  })
  .refine(timesInOrder, timesInOrderMessage);

/** An event that does not exist, or is another organization's, has no deliveries to list. */
async function ofEvent(services: Services, organizationId: OrganizationId, id: EventId): Promise<StoredDelivery[]> {
  try {
    return await deliveriesOf(services, await findEvent(services, organizationId, id));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'RESOURCE_NOT_FOUND') return [];
    throw error;
  }
}

async function ofDestinations(
  services: Services,
  organizationId: OrganizationId,
  asked: DestinationId | undefined,
  page: { readonly limit: number; readonly after: DeliveryId | undefined; sinceMs?: number; untilMs?: number },
): Promise<StoredDelivery[][]> {
  const destinationIds = asked ? [asked] : await destinationIdsOf(services, organizationId);
  const { after: deliveryId, ...rest } = page;
  const lists = await Promise.all(
    destinationIds.map((destinationId) =>
      services.deliveryReader.listByDestination(destinationId, {
        ...rest,
        ...(deliveryId && { after: { destinationId, deliveryId } }),
      }),
    ),
  );
  // All deliveries of a destination are of its organization, whose is not asked when it may be deleted.
  return lists.map((list) => list.filter((delivery) => delivery.organizationId === organizationId));
}

export const deliveryRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/deliveries',
    summary: 'List deliveries, newest first, of all, of one destination or of one event',
    access: 'read',
    query: deliveryQuery,
    status: 200,
    response: listAnswer('deliveries', deliveryAnswer),
    handle: async (request, services) => {
      const { event_id, destination_id } = request.query;
      const { organizationId } = request.principal;
      const paging = new Paging(services, request);
      const after = await paging.after(idSchema('dlv'));
      const lists = event_id
        ? [(await ofEvent(services, organizationId, event_id)).filter(isWanted(destination_id, after))]
        : await ofDestinations(services, organizationId, destination_id, {
            ...timeRange(request.query),
            limit: paging.limit + 1,
            after,
          });
      const { items, rest } = await paging.merge(lists, ({ id }) => id);
      return { deliveries: items.map(showDelivery), ...rest };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/deliveries/{id}',
    summary: 'Get a delivery with its attempts',
    access: 'read',
    params: z.strictObject({ id: idSchema('dlv') }),
    status: 200,
    response: deliveryWithAttempts,
    handle: async ({ principal, params }, services) => {
      const { delivery, attempts } = await findDelivery(services, principal.organizationId, params.id);
      return { ...showDelivery(delivery), attempts: attempts.map(showAttempt) };
    },
  }),
];

function isWanted(
  destinationId: DestinationId | undefined,
  after: DeliveryId | undefined,
): (delivery: StoredDelivery) => boolean {
  return (delivery) =>
    (destinationId === undefined || delivery.destinationId === destinationId) &&
    (after === undefined || delivery.id < after);
}
