import * as z from 'zod';
import {
  type Replay,
  type ReplayPosition,
  replayedStatuses,
  replayFailures,
  replayStatuses,
  skipReasons,
} from '../../../core/deliveries/replay.ts';
import { idSchema } from '../../../core/id-schema.ts';

const position = z.discriminatedUnion('part', [
  z.object({
    part: z.enum(['cancelled', 'succeeded', 'dead']),
    afterRow: z.string().optional(),
    afterDelivery: z.object({ destinationId: idSchema('dst'), deliveryId: idSchema('dlv') }).optional(),
  }),
  z.object({
    part: z.literal('missing'),
    behind: z.record(z.string(), z.string()).optional(),
    connection: z.object({ id: idSchema('con'), after: idSchema('evt') }).optional(),
  }),
  z.object({ part: z.literal('queue'), left: z.int().optional(), waits: z.int().optional() }),
]) satisfies z.ZodType<ReplayPosition, unknown>;

/** Of a row that `ReplayStore` has written. */
export const replayRow = z
  .object({
    id: idSchema('rpl'),
    organization_id: idSchema('org'),
    // In a map of its own: with an attribute `destination_id` the row would be in the index of a destination's connections.
    selection: z.object({
      destination_id: idSchema('dst').nullable(),
      status: z.array(z.enum(replayedStatuses)),
      since: z.number().nullable(),
      until: z.number(),
    }),
    rate_limit_per_second: z.number(),
    total: z.number().nullable(),
    status: z.enum(replayStatuses),
    reason: z.enum(replayFailures).nullable(),
    step: z.number(),
    replayed: z.number(),
    skipped: z.record(z.enum(skipReasons), z.number()),
    position: position.nullable(),
    started_at: z.number(),
    updated_at: z.number(),
    ended_at: z.number().nullable(),
  })
  .transform(
    (row): Replay => ({
      id: row.id,
      organizationId: row.organization_id,
      selection: {
        destinationId: row.selection.destination_id,
        statuses: row.selection.status,
        sinceMs: row.selection.since,
        untilMs: row.selection.until,
      },
      rateLimitPerSecond: row.rate_limit_per_second,
      total: row.total,
      status: row.status,
      reason: row.reason,
      step: row.step,
      replayed: row.replayed,
      skipped: row.skipped,
      position: row.position,
      startedAtMs: row.started_at,
      updatedAtMs: row.updated_at,
      endedAtMs: row.ended_at,
    }),
  );
