const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const plain = new Intl.NumberFormat();

const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** `3 min. ago`, `in 20 sec.`; `undefined` where it is more than a week away, and the date tells more. */
export function formatRelative(iso: string, nowMs: number): string | undefined {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return undefined;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

export function formatTime(iso: string): string {
  return dateTime.format(new Date(iso));
}

export type Precision = 'second' | 'millisecond';

/**
 * `26 Nov 2026, 01:17:05 UTC+1`: with its zone, as logs are seldom in that of the reader. In the language and the zone of the browser,
 * unless others are given.
 */
export function exactFormat(precision: Precision, locale?: string, timeZone?: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(precision === 'millisecond' && { fractionalSecondDigits: 3 }),
    timeZoneName: 'shortOffset',
    ...(timeZone && { timeZone }),
  });
  // UTC is what logs and most languages say; the zone stays on the line of its time.
  return (iso) => format.format(new Date(iso)).replace(/\s(?:GMT|UTC)/, '\u00a0UTC');
}

const exact = { second: exactFormat('second'), millisecond: exactFormat('millisecond') };

export function formatExact(iso: string, precision: Precision): string {
  return exact[precision](iso);
}

export function formatNumber(value: number): string {
  return plain.format(value);
}

/** `null`: there is nothing to tell yet. */
export function formatPercent(value: number | null): string {
  return value === null ? '–' : `${plain.format(Math.floor(value * 100) / 100)} %`;
}

export function formatMs(value: number | null): string {
  if (value === null) return '–';
  return value < 10_000 ? `${plain.format(Math.round(value))} ms` : `${plain.format(Math.round(value / 100) / 10)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${plain.format(bytes)} B`;
  if (bytes < 1024 * 1024) return `${plain.format(Math.round(bytes / 102.4) / 10)} KiB`;
  return `${plain.format(Math.round(bytes / 104_857.6) / 10)} MiB`;
}

/**
 * The tag, which tells the deliveries of an event apart, and six random characters before it, which tell apart events of a source
 * (docs/architecture.md, Ids that lead to their rows): of a hundred, two look alike once in 3,000 times.
 */
const TELLING_LENGTH = 14;
/** `evt_` */
const KIND_LENGTH = 4;

/**
 * An id, short enough for a table: its end, as a search in a log finds it, behind what it is one of. What is no longer than that is
 * whole: it can be no id, and stands in an address.
 */
export function shortId(id: string): string {
  if (id.length <= KIND_LENGTH + 1 + TELLING_LENGTH) return id;
  return `${id.slice(0, KIND_LENGTH)}…${id.slice(-TELLING_LENGTH)}`;
}
