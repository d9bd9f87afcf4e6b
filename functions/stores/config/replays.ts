import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import type { OrganizationId, ReplayId } from '../../../core/ids.ts';
import {
  type Replay,
  type ReplayFailure,
  type ReplayPosition,
  type ReplayProgress,
  type ReplayStatus,
  replayedStatuses,
  replayFailures,
  replayStatuses,
  skipReasons,
} from '../../../core/replay.ts';
import { expiresAtSeconds } from '../retention.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row } from './config-table.ts';
import { listKey, replayKey } from './keys.ts';
import { updateLive } from './live-row.ts';

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

const replayRow = z
  .object({
    id: idSchema('rpl'),
    organization_id: idSchema('org'),
    // In a map of its own: an attribute `destination_id` would be in the index of a destination's connections.
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

/** Replays and how far they have come. A row goes so long after its last change as the events that it is about. */
export class ReplayStore {
  readonly #table: ConfigTable;
  readonly #retentionDays: number;

  constructor(table: ConfigTable, retentionDays: number) {
    this.#table = table;
    this.#retentionDays = retentionDays;
  }

  create(replay: Replay): Promise<void> {
    return this.#table.transact([
      {
        put: {
          Item: {
            ...replayKey(replay.id),
            list_key: listKey(replay.organizationId, 'replay'),
            ...this.#attributes(replay),
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
        refused: () => new Error(`the new id ${replay.id} is in use`),
      },
    ]);
  }

  async get(id: ReplayId): Promise<Replay | undefined> {
    const row = await this.#table.get(replayKey(id));
    return row && replayRow.parse(row);
  }

  /** Newest first. */
  async list(
    organizationId: OrganizationId,
    request: ConfigPageRequest,
    status?: ReplayStatus,
  ): Promise<ConfigPage<Replay>> {
    const keep = status === undefined ? undefined : (row: Row) => row.status === status;
    const key = listKey(organizationId, 'replay');
    const page = await this.#table.indexPage(configTable.byOrganization, key, request, keep);
    return { ...page, items: page.items.map((row) => replayRow.parse(row)) };
  }

  /**
   * Records what a step has done. What was cancelled meanwhile stays so.
   * @param read the replay as the step has found it
   * @returns the replay as it is then; `undefined` when another copy of the step has been recorded
   */
  async advance(
    read: Replay,
    { replayed, skipped, position }: ReplayProgress,
    nowMs: number,
  ): Promise<Replay | undefined> {
    const change = { replayed, skipped, position, step: read.step + 1 };
    const condition = { expression: '#step = :read', values: { ':read': read.step } };
    return this.#update(read, change, nowMs, condition);
  }

  /** @returns the replay as it is then; `undefined` when it has ended already */
  async end(
    { id, organizationId }: Pick<Replay, 'id' | 'organizationId'>,
    status: Exclude<ReplayStatus, 'running'>,
    nowMs: number,
    reason: ReplayFailure | null = null,
  ): Promise<Replay | undefined> {
    const condition = { expression: '#status = :running', values: { ':running': 'running' } };
    return this.#update({ id, organizationId }, { status, reason, ended_at: nowMs }, nowMs, condition);
  }

  async #update(
    { id, organizationId }: Pick<Replay, 'id' | 'organizationId'>,
    change: Row,
    nowMs: number,
    condition: { expression: string; values: Row },
  ): Promise<Replay | undefined> {
    const attributes = { ...change, updated_at: nowMs, expires_at: this.#expiry(nowMs) };
    const row = await updateLive(this.#table, replayKey(id), organizationId, attributes, condition);
    return row && replayRow.parse(row);
  }

  #attributes(replay: Replay): Row {
    const { selection } = replay;
    return {
      id: replay.id,
      organization_id: replay.organizationId,
      selection: {
        destination_id: selection.destinationId,
        status: selection.statuses,
        since: selection.sinceMs,
        until: selection.untilMs,
      },
      rate_limit_per_second: replay.rateLimitPerSecond,
      total: replay.total,
      status: replay.status,
      reason: replay.reason,
      step: replay.step,
      replayed: replay.replayed,
      skipped: replay.skipped,
      position: replay.position,
      started_at: replay.startedAtMs,
      updated_at: replay.updatedAtMs,
      ended_at: replay.endedAtMs,
      expires_at: this.#expiry(replay.startedAtMs),
    };
  }

  #expiry(nowMs: number): number {
    return expiresAtSeconds(nowMs, this.#retentionDays);
  }
}
