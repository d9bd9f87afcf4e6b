/** How a moment is written, from longest to shortest. */
export type TimeForm = 'full' | 'seconds' | 'short';

/** @param moment as the API writes it, in UTC; what is none, such as `never`, stays as it is */
export function timeIn(form: TimeForm, moment: string, nowMs: number): string {
  const [, date = '', time = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(moment) ?? [];
  if (date === '' || form === 'full') return moment;
  if (form === 'seconds') return `${date}T${time}Z`;
  const today = new Date(nowMs).toISOString();
  if (date === today.slice(0, 10)) return `${time}Z`;
  // As `ls -l` has it: of another year not when in the day, of this one not the second.
  return date.slice(0, 4) === today.slice(0, 4) ? `${date.slice(5)} ${time.slice(0, 5)}Z` : date;
}
