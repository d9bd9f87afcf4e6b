import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import { DELETED, deleted } from '../answers.ts';
import { discardDeadLetter, replayDeadLetter } from '../dead-letters.ts';
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
    handle: async (request, { deliveryReader, ...services }) => {
      const { destination_id } = request.query;
      const { organizationId } = request.principal;
      const paging = new Paging(services, request);
      const after = await paging.after(position);
      const page = { limit: paging.limit + 1, ...(after && { after }) };
      const dead = destination_id
        ? await deliveryReader.listDeadOfDestination(destination_id, page)
        : await deliveryReader.listDead(organizationId, page);
      const own = dead.filter((delivery) => delivery.organizationId === organizationId);
      const { items, rest } = await paging.merge([own], ({ destinationId, id }) => ({ destinationId, deliveryId: id }));
      return { dead_letters: items.map(showDelivery), ...rest };
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
    errors: ['CONFLICT'],
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
    errors: ['CONFLICT'],
    handle: async ({ principal, params, now }, services) => {
      await discardDeadLetter(services, principal.organizationId, params.delivery_id, now);
      return DELETED;
    },
  }),
];
