import { InvalidArgumentError } from 'commander';
import { timeField } from '../core/fields/shared-fields.ts';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const FORMS =
  'It must be a time (2026-11-22T10:00:00Z, 2026-11-22T10:00+01:00, 2026-11-22T10:00+0100) ' +
  'or a date (2026-11-22), in UTC where there is no offset';

/** Parses a time in the future into the API's form. */
export function parseFutureTime(text: string): string {
  const ms = msOf(text);
  if (ms === undefined) throw new InvalidArgumentError(`${FORMS}.`);
  return new Date(ms).toISOString();
}

/** Parses a time, given as such or as an age, into the API's form: `90s`, `15m`, `2h`, `7d`. */
export function parseTime(text: string): string {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = amount ? Date.now() - Number(amount) * UNITS[unit as keyof typeof UNITS] : msOf(text);
  // There were no webhooks before 1970, and the API accepts no time before the year 0.
  if (ms === undefined || (amount && ms < 0))
    throw new InvalidArgumentError(`${FORMS}; or how long ago (90s, 15m, 2h, 7d).`);
  return new Date(ms).toISOString();
}

/**
 * A date, or a date and a time, in ISO 8601. Without an offset it is in UTC, like all times that are shown. An offset may lack
 * its colon, as in the output of `date +%FT%T%z`. `Date.parse` accepts more, but what that is depends on the engine: in Node, `5`
 * is 1 May 2001.
 */
function msOf(text: string): number | undefined {
  const [all, date, minutes = '00:00', seconds = ':00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? [];
  if (all === undefined) return undefined;
  const withColon = offset.replace(/^(...):?(..)$/, '$1:$2');
  return timeField.safeParse(`${date}T${minutes}${seconds}${withColon}`).data;
}
