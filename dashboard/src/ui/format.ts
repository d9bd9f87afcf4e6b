const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const plain = new Intl.NumberFormat();

const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** `3 min. ago`, `in 20 sec.`; `undefined` if it is more than a week away, because the date then says more. */
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
 * `26 Nov 2026, 01:17:05 UTC+1`: with its zone, because logs are seldom in the reader's zone. In the browser's language and zone,
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
  // Logs and most languages say UTC. The non-breaking space keeps the zone on the same line as its time.
  return (iso) => format.format(new Date(iso)).replace(/\s(?:GMT|UTC)/, '\u00a0UTC');
}

const exact = { second: exactFormat('second'), millisecond: exactFormat('millisecond') };

export function formatExact(iso: string, precision: Precision): string {
  return exact[precision](iso);
}

export function formatNumber(value: number): string {
  return plain.format(value);
}

/** `null` if there is nothing to show yet. */
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
 * The tag, which distinguishes the deliveries of an event, and the six random characters before it, which distinguish the events
 * of a source (docs/architecture.md, Ids that lead to their rows). Of a hundred, two look alike once in 3,000 times.
 */
const TELLING_LENGTH = 14;
/** `evt_` */
const KIND_LENGTH = 4;

/**
 * An id shortened for a table: its prefix and its end, so that a search in a log finds it. A text that is short anyway stays
 * whole. It can't be an id, and comes from an address.
 */
export function shortId(id: string): string {
  if (id.length <= KIND_LENGTH + 1 + TELLING_LENGTH) return id;
  return `${id.slice(0, KIND_LENGTH)}…${id.slice(-TELLING_LENGTH)}`;
}
