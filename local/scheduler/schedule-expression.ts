import type { EpochMs } from '../clock.ts';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import { epochOfLocalTime } from './local-time.ts';

/** When a schedule invokes its target: once, or again and again. */
export type Recurrence = { readonly atMs: EpochMs } | { readonly everyMs: number };

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)` and `rate(n minutes|hours|days)`.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * @param timeZone an IANA name. The time of `at` is in this zone
 * @throws ValidationException; 501 for `cron(…)`
 */
export function parseScheduleExpression(expression: string, timeZone: string): Recurrence {
  if (expression.startsWith('cron(')) throw notImplemented('Scheduler', 'cron expressions');
  const rate = expression.match(/^rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)$/);
  if (rate) return { everyMs: Number(rate[1]) * (UNIT_MS[rate[2] ?? ''] ?? 0) };
  const at = expression.match(/^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/)?.[1];
  const asIfUtcMs = at === undefined ? Number.NaN : Date.parse(`${at}Z`);
  // Date.parse takes 30 February for 2 March. A date is only valid if it reads back the same.
  if (Number.isNaN(asIfUtcMs) || !new Date(asIfUtcMs).toISOString().startsWith(`${at}.`)) {
    throw new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);
  }
  try {
    return { atMs: epochOfLocalTime(asIfUtcMs, timeZone) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AwsError('ValidationException', `Invalid Schedule Expression Timezone ${timeZone}.`);
  }
}

/**
 * The first time to invoke the target of a schedule that is created or changed now.
 *
 * A one-time schedule in the past is accepted, as recorded from AWS, and is due at once; start and end date don't apply to it. A
 * rate begins at its start date, or at once without one. If the start date is past, it continues in steps from there. `undefined`
 * if the end date leaves no time.
 */
export function firstOccurrence(recurrence: Recurrence, window: Window, nowMs: EpochMs): EpochMs | undefined {
  if ('atMs' in recurrence) return recurrence.atMs;
  const { startMs = nowMs } = window;
  const first = startMs >= nowMs ? startMs : nextOfRate(startMs, recurrence.everyMs, nowMs);
  return isBefore(first, window.endMs) ? first : undefined;
}

/** The next time after one that was handled. Times missed since then, while the machine was off, are skipped. */
export function nextOccurrence(
  recurrence: Recurrence,
  window: Window,
  handledMs: EpochMs,
  nowMs: EpochMs,
): EpochMs | undefined {
  if ('atMs' in recurrence) return undefined;
  const next = nextOfRate(handledMs, recurrence.everyMs, nowMs);
  return isBefore(next, window.endMs) ? next : undefined;
}

/** When a recurring schedule may invoke its target. */
export interface Window {
  readonly startMs?: EpochMs | undefined;
  readonly endMs?: EpochMs | undefined;
}

/** The first of `baseMs + k × everyMs`, k ≥ 1, that lies after now. */
function nextOfRate(baseMs: EpochMs, everyMs: number, nowMs: EpochMs): EpochMs {
  const passed = Math.max(0, Math.floor((nowMs - baseMs) / everyMs));
  return baseMs + (passed + 1) * everyMs;
}

function isBefore(timeMs: EpochMs, endMs: EpochMs | undefined): boolean {
  return endMs === undefined || timeMs <= endMs;
}
