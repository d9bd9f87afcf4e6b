import type { Row } from './dynamodb-batch.ts';
import { eventsTable } from './tables.ts';

const DAY_SECONDS = 86_400;

/** When a row goes that is kept for so long after a time: seconds since the epoch, as DynamoDB's time to live has it. */
export function expiresAtSeconds(fromMs: number, keptDays: number): number {
  return Math.floor(fromMs / 1000) + keptDays * DAY_SECONDS;
}

/** The first time whose rows, if they are kept for so long, have not expired. */
export function keptSinceMs(nowMs: number, keptDays: number): number {
  return (Math.floor(nowMs / 1000) - keptDays * DAY_SECONDS + 1) * 1000;
}

/**
 * DynamoDB deletes expired rows within days, those of each table by themselves and in any order: whoever concludes something from
 * a row that is there, or from another one that is not, asks this.
 */
export function hasExpired({ [eventsTable.timeToLive]: expiresAt }: Row, nowMs: number): boolean {
  return expiresAt?.N !== undefined && Number(expiresAt.N) * 1000 <= nowMs;
}
