import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import { DELETED, deleted } from '../answers.ts';
import { discardDeadLetter, replayDeadLetter } from '../dead-letters.ts';
import { destinationIdsOf } from '../history.ts';
import { deliveryAnswer, showDelivery } from '../history-answers.ts';
import { listAnswer, listParameters, Paging } from '../paging.ts';
import { defineRoute } from '../route.ts';

const params = z.strictObject({ delivery_id: idSchema('dlv') });
const position = z.object({ destinationId: idSchema('dst'), deliveryId: idSchema('dlv') });

export const deadLetterRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/dead-letters',
    summary: 'List deliveries that ran out of retries, the newest event first',
    access: 'read',
    query: z.strictObject({ ...listParameters, destination_id: idSchema('dst').optional() }),
    status: 200,
    response: listAnswer('dead_letters', deliveryAnswer),
    handle: async (request, services) => {
      const { deliveryLists } = services;
      const { organizationId } = request.principal;
      const { destination_id: asked } = request.query;
      const paging = new Paging(services, request);
      const { limit } = paging;
      if (asked) {
        const after = await paging.afterId();
        const destinationIds = await destinationIdsOf(services, organizationId, asked);
        const lists = destinationIds.map((id) => deliveryLists.ofDestination(id, { status: 'dead', limit, after }));
        const { items, rest } = await paging.merge(await Promise.all(lists));
        return { dead_letters: items.map(showDelivery), ...rest };
      }
      const after = await paging.after(position);
      const { items, next } = await deliveryLists.deadOfOrganization(organizationId, { limit, after });
      return { dead_letters: items.map(showDelivery), ...(await paging.next(next)) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/dead-letters/{delivery_id}/replay',
    summary: 'Send a dead letter once more, with all of its retries',
    access: 'write',
    params,
    status: 200,
    response: deliveryAnswer,
    handle: async ({ principal, params }, services) =>
      showDelivery(await replayDeadLetter(services, principal.organizationId, params.delivery_id)),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/dead-letters/{delivery_id}',
    summary: 'Discard a dead letter: the delivery is cancelled',
    access: 'write',
    params,
    status: 200,
    response: deleted,
    handle: async ({ principal, params, now }, services) => {
      await discardDeadLetter(services, principal.organizationId, params.delivery_id, now);
      return DELETED;
    },
  }),
];
