import { useLocation } from 'preact-iso';
import { withQuery } from '../api/client.ts';

/** The filters of a page are in its address, so that a reload, a bookmark and a link keep them. */
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

/** A time in the form of a `datetime-local` input, in the browser's zone; empty if it is not a time. */
export function toLocalInput(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return '';
  const zoneMs = new Date(ms).getTimezoneOffset() * 60_000;
  const local = new Date(ms - zoneMs).toISOString();
  return local.endsWith(':00.000Z') ? local.slice(0, 'yyyy-mm-ddThh:mm'.length) : local.slice(0, -1);
}

/** The value of a `datetime-local` input in the form that the API takes. */
export function toIso(local: string): string | undefined {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

interface Times {
  readonly since: string;
  readonly until: string;
}

/** Whether a time range may be requested: the API refuses one that ends before it begins. Invalid times are not sent at all. */
export function areInOrder({ since, until }: Times): boolean {
  return !(Date.parse(since) > Date.parse(until));
}

/** The path of a list with a time range; `undefined` if that ends before it begins, because there is nothing to request then. */
export function withTimes(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  times: Times,
): string | undefined {
  if (!areInOrder(times)) return undefined;
  return withQuery(path, { ...query, since: toIso(times.since), until: toIso(times.until) });
}
