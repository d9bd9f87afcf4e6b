import type { EpochMs } from '../clock.ts';

/**
 * When a wall clock in `timeZone` shows the time that a UTC clock shows at `asIfUtcMs`. A time that occurs twice, because clocks
 * are put back, means its first occurrence. A time that is skipped, because clocks are put forward, is counted from the start of
 * the gap: if 2:00 to 3:00 is skipped, 2:30 means 30 minutes after the gap began.
 *
 * @throws RangeError for a name that is not in the IANA time zone database
 */
export function epochOfLocalTime(asIfUtcMs: number, timeZone: string): EpochMs {
  if (timeZone === 'UTC') return asIfUtcMs;
  // The offset at the wanted moment is the one that holds a day before or a day after it.
  const before = asIfUtcMs - offsetMs(asIfUtcMs - 86_400_000, timeZone);
  const after = asIfUtcMs - offsetMs(asIfUtcMs + 86_400_000, timeZone);
  for (const candidate of before < after ? [before, after] : [after, before]) {
    if (candidate + offsetMs(candidate, timeZone) === asIfUtcMs) return candidate;
  }
  return before;
}

/** How far local time is ahead of UTC at a moment. */
function offsetMs(atMs: EpochMs, timeZone: string): number {
  const parts = Object.fromEntries(
    formatter(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, found);
  }
  return found;
}
