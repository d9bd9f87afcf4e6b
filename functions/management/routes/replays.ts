import * as z from 'zod';
import {
  DEFAULT_RATE_LIMIT_PER_SECOND,
  MAX_RATE_LIMIT_PER_SECOND,
  type ReplayedStatus,
  replayedStatuses,
  replayStatuses,
} from '../../../core/deliveries/replay.ts';
import { exampleId, idSchema } from '../../../core/id-schema.ts';
import {
  listParameters,
  listResponse,
  Paging,
  timeParameters,
  timesInOrder,
  timesInOrderMessage,
} from '../http/paging.ts';
import { defineRoute } from '../http/route.ts';
import { replayResponse, toReplayResponse } from '../responses/replay.ts';
import { beginReplay, cancelReplay, type NewReplay, ownReplay } from '../use-cases/replays.ts';
import { destinationParams } from './destinations.ts';

const params = z.strictObject({ id: idSchema('rpl') });

const oneStatus = z.enum(replayedStatuses);
const statusField = z
  .union([oneStatus, z.array(oneStatus).min(1).max(replayedStatuses.length)])
  .transform((one) => replayedStatuses.filter((status) => [one].flat().includes(status)));

const pace = {
  rate_limit_per_second: z
    .int()
    .min(1)
    .max(MAX_RATE_LIMIT_PER_SECOND)
    .default(DEFAULT_RATE_LIMIT_PER_SECOND)
    .meta({ description: 'How many deliveries are sent per second at most.' }),
};
const destinationId = idSchema('dst').optional();

const createReplay = z
  .strictObject({
    ...timeParameters,
    destination_id: destinationId.meta({ description: 'Without it, the dead letters of all destinations.' }),
    status: statusField.default(['dead']).meta({
      description: 'One or several; `missing` is events that have no delivery there.',
      examples: [['dead', 'missing']],
    }),
    ...pace,
  })
  .refine(({ destination_id, status }) => destination_id !== undefined || status.join() === 'dead', {
    path: ['destination_id'],
    message: 'is required for anything but dead letters',
  })
  .refine(timesInOrder, timesInOrderMessage)
  .meta({
    id: 'CreateReplay',
    examples: [{ destination_id: exampleId('dst'), status: ['dead', 'cancelled'], since: '2026-11-22T00:00:00Z' }],
  });

const replayDeadLetters = z
  .strictObject({
    ...timeParameters,
    destination_id: destinationId.meta({ description: 'Without it, those of all destinations.' }),
    ...pace,
  })
  .refine(timesInOrder, timesInOrderMessage)
  .meta({ id: 'ReplayDeadLetters', examples: [{ destination_id: exampleId('dst') }] });

const recoverDestination = z
  .strictObject({
    ...timeParameters,
    status: statusField.default(['dead', 'missing']).meta({
      description: 'One or several; without it what was missed: dead letters, and events that have no delivery there.',
      examples: [['dead', 'missing']],
    }),
    ...pace,
  })
  .refine(timesInOrder, timesInOrderMessage)
  .meta({ id: 'ReplayDestination', examples: [{ since: '2026-11-22T00:00:00Z' }] });

interface ReplayBody {
  readonly destination_id?: NewReplay['selection']['destinationId'] | undefined;
  readonly status?: readonly ReplayedStatus[];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly rate_limit_per_second: number;
}

function newReplay({ destination_id, status = ['dead'], since, until, ...body }: ReplayBody): NewReplay {
  return {
    selection: {
      destinationId: destination_id ?? null,
      statuses: status,
      sinceMs: since ?? null,
      untilMs: until ?? null,
    },
    rateLimitPerSecond: body.rate_limit_per_second,
  };
}

/** What all the ways to start a replay have in common. */
const beginning = {
  method: 'POST',
  access: 'write',
  idempotency: 'atomic',
  status: 202,
  response: replayResponse,
  errors: ['CONFLICT'],
} as const;

export const replayRoutes = [
  defineRoute({
    ...beginning,
    path: '/v1/replays',
    summary: 'Start sending deliveries again: dead letters, or those of a destination by status and time',
    body: createReplay,
    handle: async ({ principal, body, now }, services) =>
      toReplayResponse(await beginReplay(services, principal.organizationId, newReplay(body), now)),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/replays',
    summary: 'List replays, newest first',
    access: 'read',
    query: z.strictObject({ ...listParameters, status: z.enum(replayStatuses).optional() }),
    status: 200,
    response: listResponse('replays', replayResponse),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const { organizationId } = request.principal;
      const page = await services.replays.list(organizationId, await paging.request(), request.query.status);
      return { replays: page.items.map(toReplayResponse), ...(await paging.rest(page)) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/replays/{id}',
    summary: 'Get a replay and its progress',
    access: 'read',
    params,
    status: 200,
    response: replayResponse,
    handle: async ({ principal, params: { id } }, services) =>
      toReplayResponse(await ownReplay(services, principal.organizationId, id)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/replays/{id}/cancel',
    summary: 'Cancel a replay that is running',
    access: 'write',
    params,
    status: 200,
    response: replayResponse,
    errors: ['CONFLICT'],
    handle: async ({ principal, params: { id }, now }, services) =>
      toReplayResponse(await cancelReplay(services, principal.organizationId, id, now)),
  }),
  defineRoute({
    ...beginning,
    path: '/v1/destinations/{id}/replay',
    summary: 'Start sending a destination what it has missed, or what is chosen by status and time',
    params: destinationParams,
    body: recoverDestination,
    handle: async ({ principal, params: { id }, body, now }, services) =>
      toReplayResponse(
        await beginReplay(services, principal.organizationId, newReplay({ ...body, destination_id: id }), now),
      ),
  }),
  defineRoute({
    ...beginning,
    path: '/v1/dead-letters/replay',
    summary: 'Start sending many dead letters again: all, or those of a destination or a time',
    body: replayDeadLetters,
    handle: async ({ principal, body, now }, services) =>
      toReplayResponse(await beginReplay(services, principal.organizationId, newReplay(body), now)),
  }),
];
