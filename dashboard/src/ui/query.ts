import { useLocation } from 'preact-iso';
import { withQuery } from '../api/client.ts';

/** The filters of a page, in its address: so that a reload, a bookmark and a link keep them. */
export function useFilters<Name extends string>(
  names: readonly Name[],
): { readonly filters: Readonly<Record<Name, string>>; readonly set: (name: Name, value: string) => void } {
  const { query, path, route } = useLocation();
  const filters = Object.fromEntries(names.map((name) => [name, query[name] ?? ''])) as Record<Name, string>;
  const set = (name: Name, value: string) => {
    const wanted = Object.entries({ ...filters, [name]: value }).filter(([, given]) => given !== '');
    const search = new URLSearchParams(wanted as [string, string][]).toString();
    route(search === '' ? path : `${path}?${search}`, true);
  };
  return { filters, set };
}

/** A time as an input of type `datetime-local` has it, in the zone of the browser; empty for what is none. */
export function localOf(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return '';
  const zoneMs = new Date(ms).getTimezoneOffset() * 60_000;
  const local = new Date(ms - zoneMs).toISOString();
  return local.endsWith(':00.000Z') ? local.slice(0, 'yyyy-mm-ddThh:mm'.length) : local.slice(0, -1);
}

/** What an input of type `datetime-local` has, as the API takes a time. */
export function isoOf(local: string): string | undefined {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

interface Times {
  readonly since: string;
  readonly until: string;
}

/** Whether a time may be asked for: the API takes none that ends before it begins. What is no time is not asked for at all. */
export function areInOrder({ since, until }: Times): boolean {
  return !(Date.parse(since) > Date.parse(until));
}

/** A list of what was accepted in a time; `undefined` where that ends before it begins: there is nothing to ask. */
export function withTimes(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  times: Times,
): string | undefined {
  if (!areInOrder(times)) return undefined;
  return withQuery(path, { ...query, since: isoOf(times.since), until: isoOf(times.until) });
}
