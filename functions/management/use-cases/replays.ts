import { ApiError, notFound, validationFailed } from '../../../core/api-error.ts';
import {
  firstPosition,
  NOTHING_SKIPPED,
  type Replay,
  type ReplayedStatus,
  type ReplaySelection,
} from '../../../core/deliveries/replay.ts';
import { newId, type OrganizationId, type ReplayId } from '../../../core/ids.ts';
import type { Services } from '../services.ts';
import { ownDestination } from './destinations.ts';
import { obstacleOf } from './resends.ts';

/** Replays are jobs that functions/replay/ works through. Here they are started, found and cancelled. */

export interface NewReplay {
  readonly selection: Omit<ReplaySelection, 'untilMs'> & { readonly untilMs: number | null };
  readonly rateLimitPerSecond: number;
}

/**
 * Starts a replay. The message of its first step is sent before its row is written. A step that finds no row waits two minutes
 * for one, whereas a row without a step would say `running` for ever. So the row can be written later, in one transaction with
 * the response.
 *
 * @throws ApiError RESOURCE_NOT_FOUND for a destination that is not the organization's; CONFLICT for an archived one;
 *   VALIDATION_FAILED for a `since` in the future
 */
export async function beginReplay(
  services: Services,
  organizationId: OrganizationId,
  { selection: asked, rateLimitPerSecond }: NewReplay,
  now: Date,
): Promise<Replay> {
  const nowMs = now.getTime();
  // Nothing that comes after the start can have been missed yet. Besides, without this bound the replay might never end.
  const selection = { ...asked, untilMs: Math.min(asked.untilMs ?? nowMs, nowMs) };
  if ((selection.sinceMs ?? 0) > nowMs) throw validationFailed('since', 'must not be in the future');
  await requireReceiver(services, organizationId, selection);
  const replay: Replay = {
    id: newId('rpl', nowMs),
    organizationId,
    selection,
    rateLimitPerSecond,
    total: await totalOf(services, organizationId, selection),
    status: 'running',
    reason: null,
    step: 0,
    replayed: 0,
    skipped: NOTHING_SKIPPED,
    position: firstPosition(selection),
    startedAtMs: nowMs,
    updatedAtMs: nowMs,
    endedAtMs: null,
  };
  await services.replayQueue.send({ replayId: replay.id, organizationId, step: replay.step, atMs: nowMs });
  await services.replays.create(replay);
  return replay;
}

/** The organization's own replay. @throws ApiError RESOURCE_NOT_FOUND */
export async function ownReplay(
  { replays }: Pick<Services, 'replays'>,
  organizationId: OrganizationId,
  id: ReplayId,
): Promise<Replay> {
  const replay = await replays.get(id);
  if (replay?.organizationId !== organizationId) throw notFound('Replay', id);
  return replay;
}

/**
 * Cancels a replay: the step under way is its last. What it has already sent stays on its way.
 * @throws ApiError RESOURCE_NOT_FOUND; CONFLICT when it has ended
 */
export async function cancelReplay(
  services: Services,
  organizationId: OrganizationId,
  id: ReplayId,
  now: Date,
): Promise<Replay> {
  const cancelled = await services.replays.end({ id, organizationId }, 'cancelled', now.getTime());
  if (cancelled) return cancelled;
  const { status } = await ownReplay(services, organizationId, id);
  throw new ApiError('CONFLICT', `${id} can't be cancelled: it is ${status}`);
}

async function requireReceiver(
  services: Services,
  organizationId: OrganizationId,
  { destinationId }: ReplaySelection,
): Promise<void> {
  if (destinationId === null) return;
  const obstacle = obstacleOf(await ownDestination(services, organizationId, destinationId));
  if (obstacle) throw new ApiError('CONFLICT', `Nothing can be sent to ${destinationId}: ${obstacle}`);
}

/** Given only where it is cheap to know: where an index has what was chosen, and one query counts it. */
async function totalOf(
  { deliveryLists }: Services,
  organizationId: OrganizationId,
  { destinationId, statuses, sinceMs, untilMs }: ReplaySelection,
): Promise<number | null> {
  const range = { sinceMs: sinceMs ?? 0, untilMs };
  const counts = await Promise.all(
    statuses.map((status) => {
      if (!isIndexed(status)) return undefined;
      return deliveryLists.countOf(destinationId === null ? organizationId : { destinationId, status }, range);
    }),
  );
  return counts.reduce<number | null>(
    (total, counted) => (total === null || counted === undefined || counted.hasMore ? null : total + counted.count),
    0,
  );
}

function isIndexed(status: ReplayedStatus): status is 'dead' | 'cancelled' {
  return status === 'dead' || status === 'cancelled';
}
