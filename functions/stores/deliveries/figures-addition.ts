import {
  type AttemptOutcome,
  addLifetimes,
  type Figures,
  figuresOf,
  type LifetimeFigures,
  lastEnd,
  lifetimeFiguresOf,
} from '../../../core/figures/destination-figures.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { expiry, number } from './delivery-row.ts';
import {
  figuresAttribute as attribute,
  endedSlotAttributes,
  lifetimeFigures,
  nowKey,
  SLOT_MS,
  slotAttributes,
  slotFigures,
  slotKey,
  slotOf,
  slotUnderWay,
} from './figures-row.ts';

/** The longest window of health, plus a day for late readers. */
const SLOT_RETENTION_DAYS = 8;
/** A destination without an attempt for a year starts again at 0. The figures of a deleted one are gone by then. */
const LIFETIME_RETENTION_DAYS = 366;

/** What one write adds for one destination. */
export interface Addition {
  readonly destinationId: DestinationId;
  readonly slot: number;
  readonly figures: Figures;
  readonly lifetime: LifetimeFigures;
  readonly endedAtMs: number;
}

/** @param outcomes at least one; all count in the slot in which the last one ended */
export function additionOf(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Addition {
  const endedAtMs = lastEnd(outcomes) ?? 0;
  return {
    destinationId,
    slot: slotOf(endedAtMs),
    figures: figuresOf(outcomes),
    lifetime: lifetimeFiguresOf(outcomes),
    endedAtMs,
  };
}

/**
 * The update of `figures#now` while the addition's slot is under way. At most 231 buckets of 11 characters each fit into the 4 KB
 * of an expression.
 */
export function additionUpdate({ slot, figures, lifetime, endedAtMs }: Addition) {
  const { total, failed, ms } = attribute;
  const set: Row = { ...lastTimes(lifetime), ...expiry(endedAtMs, LIFETIME_RETENTION_DAYS) };
  const add: Row = {
    [total]: number(lifetime.total),
    [failed]: number(lifetime.failed),
    [ms]: number(lifetime.latencyMs),
    ...slotAttributes(figures),
  };
  const values: Row = { [attribute.slot]: number(slot), ...set, ...add };
  const names = Object.keys(values);
  const sets = Object.keys(set).map((name) => `#${name} = :${name}`);
  const adds = Object.keys(add).map((name) => `#${name} :${name}`);
  return {
    UpdateExpression: `SET #slot = if_not_exists(#slot, :slot), ${sets.join(', ')} ADD ${adds.join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
  };
}

/** `figures#now` with the addition as the first of its slot. @param over the row with the previous slot */
export function nextNowRow({ destinationId, slot, figures, lifetime, endedAtMs }: Addition, over: Row): Row {
  const { total, failed, ms } = attribute;
  const all = addLifetimes(lifetimeFigures(over), lifetime);
  return {
    ...nowKey(destinationId),
    [attribute.slot]: number(slot),
    [total]: number(all.total),
    [failed]: number(all.failed),
    [ms]: number(all.latencyMs),
    ...lastTimes(all),
    ...slotAttributes(figures),
    ...expiry(endedAtMs, LIFETIME_RETENTION_DAYS),
  };
}

/** The separate row of a slot that has ended. */
export function endedSlotRow(destinationId: DestinationId, over: Row): Row {
  const slot = slotUnderWay(over);
  return {
    ...slotKey(destinationId, slot),
    ...endedSlotAttributes(slotFigures(over).figures),
    ...expiry((slot + 1) * SLOT_MS, SLOT_RETENTION_DAYS),
  };
}

function lastTimes({ lastSuccessAtMs, lastFailureAtMs }: LifetimeFigures): Row {
  return {
    ...(lastSuccessAtMs !== undefined && { [attribute.lastSuccessAt]: number(lastSuccessAtMs) }),
    ...(lastFailureAtMs !== undefined && { [attribute.lastFailureAt]: number(lastFailureAtMs) }),
  };
}
