/** The ways to write a moment, from longest to shortest. */
export type TimeForm = 'full' | 'seconds' | 'short';

/** @param moment as the API writes it, in UTC; anything else, such as `never`, stays as it is */
export function formatTime(form: TimeForm, moment: string, nowMs: number): string {
  const [, date = '', time = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(moment) ?? [];
  if (date === '' || form === 'full') return moment;
  if (form === 'seconds') return `${date}T${time}Z`;
  const today = new Date(nowMs).toISOString();
  if (date === today.slice(0, 10)) return `${time}Z`;
  // Like `ls -l`: for another year without the time of day, for this year without the seconds.
  return date.slice(0, 4) === today.slice(0, 4) ? `${date.slice(5)} ${time.slice(0, 5)}Z` : date;
}
