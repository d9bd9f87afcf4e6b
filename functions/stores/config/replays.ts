import { randomUUID } from 'node:crypto';
import type { Replay, ReplayFailure, ReplayProgress, ReplayStatus } from '../../../core/deliveries/replay.ts';
import type { OrganizationId, ReplayId } from '../../../core/ids.ts';
import { expiresAtSeconds } from '../retention.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row } from './config-table.ts';
import { listKey, replayKey } from './keys.ts';
import { updateLive, writtenByThisCall } from './live-row.ts';
import { replayRow } from './replay-row.ts';

/** Replays and their progress. A row is kept as long after its last change as events are. */
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
   * Records what a step has done. A replay that was cancelled meanwhile stays cancelled.
   * @param read the replay as the step has read it
   * @returns the replay after the change; `undefined` if another copy of the step has been recorded already
   */
  async advance(
    read: Replay,
    { replayed, skipped, position }: ReplayProgress,
    nowMs: number,
  ): Promise<Replay | undefined> {
    const change = { replayed, skipped, position, step: read.step + 1, advanced_by: randomUUID() };
    const condition = {
      expression: `(#step = :read OR ${writtenByThisCall('advanced_by')})`,
      values: { ':read': read.step },
    };
    return this.#update(read, change, nowMs, condition);
  }

  /** @returns the replay after the change; `undefined` if it has ended already */
  async end(
    { id, organizationId }: Pick<Replay, 'id' | 'organizationId'>,
    status: Exclude<ReplayStatus, 'running'>,
    nowMs: number,
    reason: ReplayFailure | null = null,
  ): Promise<Replay | undefined> {
    const change = { status, reason, ended_at: nowMs, ended_by: randomUUID() };
    const condition = {
      expression: `(#status = :running OR ${writtenByThisCall('ended_by')})`,
      values: { ':running': 'running' },
    };
    return this.#update({ id, organizationId }, change, nowMs, condition);
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
