import {
  type ConnectionId,
  type DeliveryId,
  type DestinationId,
  type EventId,
  type OrganizationId,
  type ReplayId,
  timeMsAt,
  timeMsOf,
} from '../ids.ts';

/**
 * A replay: a job that sends many deliveries again, in steps of one page.
 *
 *     running ──▶ completed
 *        ├──────▶ cancelled
 *        └──────▶ failed
 *
 * It goes through its lists one after the other, the oldest event first, and never back. A delivery keeps its place by the time of
 * its event. So one that was sent and fails again is behind the position, and no replay chases its own deliveries.
 */
export const replayStatuses = ['running', 'completed', 'cancelled', 'failed'] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

/**
 * What can be chosen, in the order in which a replay goes through it. `cancelled` comes first: a delivery that another list has
 * sent may be cancelled without an attempt, by whose time a later list could tell that it has been sent. `missing` are events
 * without a delivery.
 */
export const replayedStatuses = ['cancelled', 'succeeded', 'dead', 'missing'] as const;
export type ReplayedStatus = (typeof replayedStatuses)[number];

/** Which deliveries: by the time at which their events were accepted. */
export interface ReplaySelection {
  /** `null`: the dead letters of the organization. */
  readonly destinationId: DestinationId | null;
  readonly statuses: readonly ReplayedStatus[];
  /** Inclusive; `null` for the first there is. */
  readonly sinceMs: number | null;
  /** Exclusive; not after the start of the replay, so that it comes to an end. */
  readonly untilMs: number;
}

/** Why a delivery that was chosen was not sent. */
export const skipReasons = ['destination_deleted', 'destination_archived', 'event_expired', 'attempted_since'] as const;
export type SkipReason = (typeof skipReasons)[number];
export type SkipCounts = Readonly<Record<SkipReason, number>>;

export const NOTHING_SKIPPED: SkipCounts = {
  destination_deleted: 0,
  destination_archived: 0,
  event_expired: 0,
  attempted_since: 0,
};

/** Why a replay failed: its one destination is gone, or Hawser itself failed on a step again and again. */
export const replayFailures = ['destination_deleted', 'destination_archived', 'step_failed'] as const;
export type ReplayFailure = (typeof replayFailures)[number];

/** Where a replay goes on. In its last part it takes what was sent out of the dead-letter queue. */
export type ReplayPosition = ListPosition | MissingPosition | QueuePosition;

export interface ListPosition {
  readonly part: Exclude<ReplayedStatus, 'missing'>;
  /** The last row read of a destination, which may be the row of a later attempt. */
  readonly afterRow?: string | undefined;
  /** The last dead letter of an organization so far. */
  readonly afterDelivery?: { readonly destinationId: DestinationId; readonly deliveryId: DeliveryId } | undefined;
}

export interface MissingPosition {
  readonly part: 'missing';
  /** The last connection that is done, by its key in the list of the destination's connections. */
  readonly behind?: Readonly<Record<string, string>> | undefined;
  /** The connection that is under way, and the event that is its last one so far. */
  readonly connection?: { readonly id: ConnectionId; readonly after: EventId } | undefined;
}

export interface QueuePosition {
  readonly part: 'queue';
  /** Messages that are still to be looked at; absent before the first look. */
  readonly left?: number | undefined;
  /** How often it has waited for messages that another replay hides. */
  readonly waits?: number | undefined;
}

export interface ReplayProgress {
  /** How many deliveries were sent. */
  readonly replayed: number;
  readonly skipped: SkipCounts;
  /** `null` when there is nothing left. */
  readonly position: ReplayPosition | null;
}

export interface Replay extends ReplayProgress {
  readonly id: ReplayId;
  readonly organizationId: OrganizationId;
  readonly selection: ReplaySelection;
  readonly rateLimitPerSecond: number;
  /** How many deliveries were chosen; `null` where counting them would cost as much as replaying them. */
  readonly total: number | null;
  readonly status: ReplayStatus;
  /** Why it failed. */
  readonly reason: ReplayFailure | null;
  /** Number of the step that is to be made. */
  readonly step: number;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | null;
}

/** What a step reads, sends and records at once: a page of the index, and one `BatchGetItem`. */
const MAX_PAGE = 100;
/** How far ahead a step sends. A cancelled replay has sent no more than that. */
const MAX_AHEAD_SECONDS = 10;

export const DEFAULT_RATE_LIMIT_PER_SECOND = 50;
/** A page a second; the steps of a replay do not overlap. */
export const MAX_RATE_LIMIT_PER_SECOND = MAX_PAGE;

/** How many deliveries a step may send. */
export function pageSize({ rateLimitPerSecond }: Pick<Replay, 'rateLimitPerSecond'>): number {
  return Math.min(MAX_PAGE, rateLimitPerSecond * MAX_AHEAD_SECONDS);
}

/** When a delivery of a page is due, so that no second has more of them than the limit. @param index in the page */
export function delaySecondsOf({ rateLimitPerSecond }: Pick<Replay, 'rateLimitPerSecond'>, index: number): number {
  return Math.floor(index / rateLimitPerSecond);
}

/** How long the next step waits for what this one has sent. */
export function pauseSeconds({ rateLimitPerSecond }: Pick<Replay, 'rateLimitPerSecond'>, sent: number): number {
  return Math.ceil(sent / rateLimitPerSecond);
}

export function firstPosition(selection: ReplaySelection): ReplayPosition | null {
  return partAfter(selection, undefined);
}

/** The part that follows a part, or the first one; `null` after the last. */
export function partAfter(
  { statuses }: ReplaySelection,
  part: ReplayPosition['part'] | undefined,
): ReplayPosition | null {
  const parts = [...replayedStatuses.filter((status) => statuses.includes(status)), ...queuePart(statuses)];
  const next = parts[part === undefined ? 0 : parts.indexOf(part) + 1];
  return next === undefined ? null : { part: next };
}

/**
 * Whether a running replay has sent all, and so is completed. It still takes what it has sent out of the dead-letter queue, but
 * nobody waits for that.
 */
export function hasSentAll({ status, position }: Pick<Replay, 'status' | 'position'>): boolean {
  return status === 'running' && (position === null || position.part === 'queue');
}

/**
 * What a step is to do; `undefined` when there is nothing left. What a replay has sent is taken out of the dead-letter queue
 * even if the replay was cancelled.
 */
export function workOf({ status, position, selection, replayed }: Replay): ReplayPosition | undefined {
  if (position === null || status === 'failed') return undefined;
  if (status !== 'cancelled') return position;
  if (replayed === 0) return undefined;
  return position.part === 'queue' ? position : queuePart(selection.statuses).map((part) => ({ part }))[0];
}

/** When the event was accepted that a replay has come to; `undefined` between two lists. */
export function eventTimeMsAt(position: ReplayPosition): number | undefined {
  switch (position.part) {
    case 'queue':
      return undefined;
    case 'missing':
      return position.connection && timeMsOf(position.connection.after);
    default: {
      const id = position.afterDelivery?.deliveryId ?? position.afterRow;
      return id === undefined ? undefined : timeMsAt(id);
    }
  }
}

function queuePart(statuses: readonly ReplayedStatus[]): 'queue'[] {
  return statuses.includes('dead') ? ['queue'] : [];
}

export function countSkips(reasons: readonly SkipReason[], before: SkipCounts = NOTHING_SKIPPED): SkipCounts {
  const counts = { ...before };
  for (const reason of reasons) counts[reason]++;
  return counts;
}

/**
 * The skips of a replay that has gone through its lists. Chosen deliveries that it has not met had left their list by then,
 * because somebody else has sent or discarded them: they count as `attempted_since`, so that the counts add up to the total.
 * Without a total their number is not known.
 */
export function finalSkips({ total, replayed, skipped }: Pick<Replay, 'total' | 'replayed' | 'skipped'>): SkipCounts {
  if (total === null) return skipped;
  const { attempted_since: _, ...others } = skipped;
  const left = Object.values(others).reduce((rest, count) => rest - count, total - replayed);
  return { ...others, attempted_since: Math.max(0, left) };
}

/**
 * How long an event is taken to be on its way to a destination, until fan-out has sent it. After that, an event without a
 * delivery was lost to fan-out's failures, or waits in the queue for its first attempt. If it waits there and is sent again,
 * both messages are the same attempt, and whichever comes second is dropped.
 */
const ON_ITS_WAY_MS = 3_600_000;

/** Whether an event without a row at a destination is missing there. */
export function isMissing(acceptedAtMs: number, connectedAtMs: number, nowMs: number): boolean {
  return acceptedAtMs < connectedAtMs || acceptedAtMs < nowMs - ON_ITS_WAY_MS;
}
