import type { Figures, LifetimeFigures } from '../../../core/figures/destination-figures.ts';
import type { SlotFigures } from '../../../core/figures/figures-series.ts';
import type { LatencyHistogram } from '../../../core/figures/latency-histogram.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { deliveriesTable } from '../tables.ts';
import { deliveryKey, number, text } from './delivery-row.ts';
import { decodeHistogram, encodeHistogram } from './histogram-codec.ts';

/*
 * The figures of a destination are rows in its partition of the deliveries table, behind its deliveries (`dlv_…`):
 *
 *     figures#2026-11-22T10:00   what ended in the quarter of an hour that began then
 *     figures#2026-11-22T10:15
 *     figures#now                the slot that is under way, and the lifetime totals
 *
 * A batch writes to `figures#now` alone: one write for the slot and the lifetime. The first batch of a later slot moves the old
 * slot to a row of its own. So a list of destinations reads one row for each, and health is one query: a week has 672 slots of
 * about 190 bytes, 126 KB or 16 read units, and at 1 KB each they would still fit the query's page of 1 MB. An hour covers 60 to
 * 75 minutes, because it starts with a slot. Slots of 5 minutes would make that at most 65, but a week three times as many units.
 *
 * Every batch pays for the whole size of `figures#now`, and up to 1 KB that is one write unit. So each bucket of the histogram is
 * an attribute (`52`) of 5 bytes with its count, and not an entry of a map, which could not be added to before it exists. Keys
 * and sums take 185 bytes. About 150 buckets more fit, from 10 ms to 5 s without a gap; all 231 make two units. The row of an
 * ended slot is never added to, so its histogram is one attribute.
 */

/** Changing this would change the meaning of `slot` and of the stored rows. */
export const SLOT_MS = 15 * 60_000;

export const figuresAttribute = {
  slot: 'slot',
  slotBegun: 'slot_new',
  slotFailed: 'slot_failed',
  slotMs: 'slot_ms',
  slotLatencies: 'slot_latencies',
  total: 'total',
  failed: 'failed',
  ms: 'ms',
  lastSuccessAt: 'success_at',
  lastFailureAt: 'failure_at',
} as const;

/** Number of the slot that a moment is in. */
export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS);
}

export function slotKey(destinationId: DestinationId, slot: number): Row {
  return deliveryKey(destinationId, slotRowId(slot));
}

export function nowKey(destinationId: DestinationId): Row {
  return deliveryKey(destinationId, NOW_ROW_ID);
}

/** Sorts after every slot: `n` comes after the digits. */
export const NOW_ROW_ID = 'figures#now';

const ID_PREFIX = 'figures#';

export function slotRowId(slot: number): string {
  return `${ID_PREFIX}${new Date(slot * SLOT_MS).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length)}`;
}

function slotStartMs(rowId: string): number {
  return Date.parse(`${rowId.slice(ID_PREFIX.length)}Z`);
}

/** The figures of the slot under way, each bucket an attribute that can be added to. */
export function slotAttributes({ latencies, ...sums }: Figures): Row {
  const buckets = [...latencies].map(([bucket, count]) => [String(bucket), number(count)]);
  return { ...slotSums(sums), ...Object.fromEntries(buckets) };
}

/** The same for a slot that has ended. */
export function endedSlotAttributes({ latencies, ...sums }: Figures): Row {
  return { ...slotSums(sums), [figuresAttribute.slotLatencies]: { B: encodeHistogram(latencies) } };
}

function slotSums({ begun, failed, latencyMs }: Omit<Figures, 'latencies'>): Row {
  const { slotBegun, slotFailed, slotMs } = figuresAttribute;
  return { [slotBegun]: number(begun), [slotFailed]: number(failed), [slotMs]: number(latencyMs) };
}

/** The slot in a row: in `figures#now`, or in the row of an ended slot. */
export function slotFigures(row: Row): SlotFigures {
  const { slotBegun, slotFailed, slotMs, slotLatencies } = figuresAttribute;
  const [id, ended] = [text(row, deliveriesTable.sortKey), row[slotLatencies]?.B];
  return {
    startMs: id === NOW_ROW_ID ? slotUnderWay(row) * SLOT_MS : slotStartMs(id),
    figures: {
      begun: numberIn(row, slotBegun),
      failed: numberIn(row, slotFailed),
      latencyMs: numberIn(row, slotMs),
      latencies: ended ? decodeHistogram(ended) : bucketsIn(row),
    },
  };
}

/** The slot that is under way in `figures#now`, or was when the last attempt ended. */
export function slotUnderWay(row: Row): number {
  return numberIn(row, figuresAttribute.slot);
}

export function lifetimeFigures(row: Row): LifetimeFigures {
  const { total, failed, ms, lastSuccessAt, lastFailureAt } = figuresAttribute;
  const [successAt, failureAt] = [row[lastSuccessAt]?.N, row[lastFailureAt]?.N];
  return {
    total: numberIn(row, total),
    failed: numberIn(row, failed),
    latencyMs: numberIn(row, ms),
    ...(successAt !== undefined && { lastSuccessAtMs: Number(successAt) }),
    ...(failureAt !== undefined && { lastFailureAtMs: Number(failureAt) }),
  };
}

function bucketsIn(row: Row): LatencyHistogram {
  const names = Object.keys(row).filter((name) => /^\d+$/.test(name));
  return new Map(names.map((name) => [Number(name), numberIn(row, name)]));
}

/** A missing attribute is 0: nothing was ever added to it. */
function numberIn(row: Row, name: string): number {
  return Number(row[name]?.N ?? 0);
}
