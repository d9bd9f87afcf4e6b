/** `Retry-After: 120`, of however many digits (RFC 9110 §10.2.3). */
const DELAY_SECONDS = /^\d+$/;
/** The three date forms that RFC 9110 §5.6.7 requires a recipient to take: IMF-fixdate, RFC 850 and asctime. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Z][a-z]+, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}:\d{2}:\d{2}) (\d{4})$/;

/** The delay in seconds that a `Retry-After` header asks for; 0 when it is absent, malformed or past. */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number {
  const value = header?.trim() ?? '';
  if (DELAY_SECONDS.test(value)) return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
  const dateMs = httpDateMs(value, nowMs);
  return dateMs === undefined ? 0 : Math.max(0, Math.ceil((dateMs - nowMs) / 1000));
}

function httpDateMs(value: string, nowMs: number): number | undefined {
  if (IMF_FIXDATE.test(value)) return parse(value);
  const rfc850 = RFC_850.exec(value);
  if (rfc850) return parse(`${rfc850[1]} ${rfc850[2]} ${fullYear(Number(rfc850[3]), nowMs)} ${rfc850[4]} GMT`);
  const asctime = ASCTIME.exec(value);
  if (asctime) return parse(`${asctime[2]?.trim()} ${asctime[1]} ${asctime[4]} ${asctime[3]} GMT`);
  return undefined;
}

/** A two-digit year more than 50 years ahead means the past century (RFC 9110 §5.6.7). */
function fullYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function parse(date: string): number | undefined {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : ms;
}
