import type { Row } from './dynamodb-batch.ts';
import { eventsTable } from './tables.ts';

const DAY_SECONDS = 86_400;

/** When a row expires, in seconds since the epoch, as DynamoDB's time to live wants it. */
export function expiresAtSeconds(fromMs: number, retentionDays: number): number {
  return Math.floor(fromMs / 1000) + retentionDays * DAY_SECONDS;
}

/** The earliest time whose rows have not expired. */
export function unexpiredSinceMs(nowMs: number, retentionDays: number): number {
  return (Math.floor(nowMs / 1000) - retentionDays * DAY_SECONDS + 1) * 1000;
}

/**
 * DynamoDB deletes expired rows within days, in any order, and each table by itself. So code that concludes something
 * from the presence or absence of a row has to ask this.
 */
export function hasExpired({ [eventsTable.timeToLive]: expiresAt }: Row, nowMs: number): boolean {
  return expiresAt?.N !== undefined && Number(expiresAt.N) * 1000 <= nowMs;
}
