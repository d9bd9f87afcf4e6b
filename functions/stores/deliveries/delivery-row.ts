import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ConnectionEnds } from '../../../core/deliveries/connection.ts';
import type { DeliveryIdentity, DeliveryStatus } from '../../../core/deliveries/delivery.ts';
import type { ConnectionId, DeliveryId, DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { changeExpression } from '../expressions.ts';
import { expiresAtSeconds } from '../retention.ts';
import { deliveriesTable } from '../tables.ts';

/** A delivery as stored in its row. */
export interface StoredDelivery extends DeliveryIdentity {
  /** `resultCodeOf` the latest attempt; absent before the first. */
  readonly lastResult?: string;
  readonly lastAttemptAtMs?: number;
  /** When the next attempt is due, while `retrying`. */
  readonly nextAttemptAtMs?: number;
  /** Since when, while `held`. */
  readonly heldAtMs?: number;
  /** While `held`: when somebody asked to send it again. Its message is on its way until it is held again or the attempt is made. */
  readonly resendRequestedAtMs?: number;
  /** When its state last changed without an attempt. */
  readonly recordedAtMs?: number;
  /** Why it is `dead` or `cancelled`. */
  readonly reason?: string;
  /** Details of the reason. */
  readonly reasonMessage?: string;
}

/** The state of a delivery, with the fields of that state alone. */
export type DeliveryState =
  | { readonly status: 'succeeded' | 'pending' }
  | { readonly status: 'retrying'; readonly nextAttemptAtMs: number }
  | { readonly status: 'held'; readonly heldAtMs: number; readonly resendRequestedAtMs?: number }
  | { readonly status: 'dead' | 'cancelled'; readonly reason: string; readonly reasonMessage?: string };

/** A state that ends a delivery without an attempt. */
export type EndState = Extract<DeliveryState, { readonly reason: string }>;

export function deliveryKey(destinationId: DestinationId, id: string): Row {
  return { [deliveriesTable.partitionKey]: { S: destinationId }, [deliveriesTable.sortKey]: { S: id } };
}

/**
 * Sort key of the row of an attempt after the first. These keys sort by attempt only up to 99, so attempts are sorted when read.
 */
export function attemptRowId(id: DeliveryId, attempt: number): string {
  return `${id}#${String(attempt).padStart(2, '0')}`;
}

/** Sort key of the row with what a client's program answered to an attempt. Like the rows of later attempts, it has no status. */
export function clientAnswerRowId(id: DeliveryId, attempt: number): string {
  return `${id}#answer#${attempt}`;
}

/** Partition of the index by state. */
export function stateKey(destinationId: DestinationId, status: Exclude<DeliveryStatus, 'succeeded'>): string {
  return `${destinationId}#${status}`;
}

/** The attribute with the id of the latest request to send the delivery again. */
export const RESEND_REQUEST_ID = 'asking';

/** Every attribute that depends on the state. */
const STATE_ATTRIBUTES = [
  'status',
  'next_attempt_at',
  'held_at',
  'asked_at',
  'reason',
  'reason_message',
  deliveriesTable.byState.partitionKey,
  deliveriesTable.deadLetters.partitionKey,
];

/** The attributes of a state, the sparse index keys included. */
export function stateAttributes(
  { organizationId, destinationId }: { organizationId: OrganizationId; destinationId: DestinationId },
  state: DeliveryState,
): Row {
  return {
    status: { S: state.status },
    ...('nextAttemptAtMs' in state && { next_attempt_at: { N: String(state.nextAttemptAtMs) } }),
    ...(state.status === 'held' && { held_at: { N: String(state.heldAtMs) } }),
    ...('resendRequestedAtMs' in state && { asked_at: { N: String(state.resendRequestedAtMs) } }),
    ...('reason' in state && { reason: { S: state.reason } }),
    ...('reasonMessage' in state && { reason_message: { S: state.reasonMessage } }),
    ...(state.status !== 'succeeded' && {
      [deliveriesTable.byState.partitionKey]: { S: stateKey(destinationId, state.status) },
    }),
    ...(state.status === 'dead' && { [deliveriesTable.deadLetters.partitionKey]: { S: organizationId } }),
  };
}

/** An update that sets these attributes and removes those that belong to another state. */
export function stateUpdate(attributes: Row) {
  return changeExpression(
    attributes,
    STATE_ATTRIBUTES.filter((name) => !(name in attributes)),
  );
}

/** The delivery with a state that has just been recorded. */
export function withState(
  { reason, reasonMessage, nextAttemptAtMs, heldAtMs, resendRequestedAtMs, ...delivery }: StoredDelivery,
  state: Exclude<DeliveryState, { readonly status: 'held' }>,
): StoredDelivery {
  return { ...delivery, ...state };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

/** The attribute that makes a row expire this many days after a time. */
export function expiry(fromMs: number, retentionDays: number): Row {
  return { [deliveriesTable.timeToLive]: number(expiresAtSeconds(fromMs, retentionDays)) };
}

/** A delivery that has no row yet. */
export function pendingDelivery(id: DeliveryId, ends: ConnectionEnds): StoredDelivery {
  return {
    id,
    organizationId: ends.organizationId,
    sourceId: ends.sourceId,
    connectionId: ends.id,
    destinationId: ends.destinationId,
    status: 'pending',
    attemptCount: 0,
    roundStart: 1,
  };
}

/**
 * Whether a delivery that was read, or made by `pendingDelivery`, has no row. A row is `pending` only once a request to send the
 * delivery again is recorded, which sets `recordedAtMs`. A first attempt writes its row only when it has ended, in another state.
 */
export function hasNoRow({ status, recordedAtMs }: StoredDelivery): boolean {
  return status === 'pending' && recordedAtMs === undefined;
}

/** @throws Error naming the attribute that a row lacks. */
export function deliveryFromRow(row: Row): StoredDelivery {
  const nextAttemptAtMs = row.next_attempt_at?.N;
  const lastAttemptAtMs = row.last_attempt_at?.N;
  const heldAtMs = row.held_at?.N;
  const resendRequestedAtMs = row.asked_at?.N;
  const replayedAtMs = row.replayed_at?.N;
  const recordedAtMs = row.recorded_at?.N;
  // Only `DeliveryLog` writes these rows, so their ids and statuses are valid.
  return {
    id: text(row, deliveriesTable.sortKey) as DeliveryId,
    organizationId: text(row, 'org_id') as OrganizationId,
    sourceId: text(row, 'source_id') as SourceId,
    connectionId: text(row, 'connection_id') as ConnectionId,
    destinationId: text(row, deliveriesTable.partitionKey) as DestinationId,
    status: text(row, 'status') as DeliveryStatus,
    attemptCount: Number(row.attempt_count?.N ?? 0),
    roundStart: Number(row.round_start?.N ?? 1),
    ...(row.last_result?.S !== undefined && { lastResult: row.last_result.S }),
    ...(lastAttemptAtMs !== undefined && { lastAttemptAtMs: Number(lastAttemptAtMs) }),
    ...(nextAttemptAtMs !== undefined && { nextAttemptAtMs: Number(nextAttemptAtMs) }),
    ...(heldAtMs !== undefined && { heldAtMs: Number(heldAtMs) }),
    ...(resendRequestedAtMs !== undefined && { resendRequestedAtMs: Number(resendRequestedAtMs) }),
    ...(replayedAtMs !== undefined && { replayedAtMs: Number(replayedAtMs) }),
    ...(row[RESEND_REQUEST_ID]?.S !== undefined && { resendRequestId: row[RESEND_REQUEST_ID].S }),
    ...(recordedAtMs !== undefined && { recordedAtMs: Number(recordedAtMs) }),
    ...(row.reason?.S !== undefined && { reason: row.reason.S }),
    ...(row.reason_message?.S !== undefined && { reasonMessage: row.reason_message.S }),
  };
}

export function text(row: Row, name: string): string {
  const value = row[name]?.S;
  if (value === undefined) throw new Error(`a delivery row lacks ${name}; it has ${Object.keys(row).join(', ')}`);
  return value;
}
