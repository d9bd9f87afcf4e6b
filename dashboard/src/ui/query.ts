import { useLocation } from 'preact-iso';

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

/** What an input of type `datetime-local` has, as the API takes a time. */
export function isoOf(local: string): string | undefined {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
