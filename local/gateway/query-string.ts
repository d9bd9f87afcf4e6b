import { unescape as percentDecode } from 'node:querystring';

export interface QueryParameters {
  /** The last value of each name. */
  readonly single: Record<string, string>;
  readonly multi: Record<string, string[]>;
}

/**
 * Decodes a query as API Gateway does for a proxy integration: `+` is a space, percent escapes are UTF-8, a name without
 * a value is the empty string. `undefined` when there is no parameter at all. The names are sorted: API Gateway keeps no
 * order, and nothing must rely on one.
 *
 * @param query what follows the question mark.
 */
export function parseQueryString(query: string): QueryParameters | undefined {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    const sameName = values.get(name);
    if (sameName) sameName.push(value);
    else values.set(name, [value]);
  }
  if (values.size === 0) return undefined;
  const single: Record<string, string> = Object.create(null);
  const multi: Record<string, string[]> = Object.create(null);
  for (const [name, all] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    single[name] = all.at(-1) ?? '';
    multi[name] = all;
  }
  return { single, multi };
}

function decode(text: string): string {
  const withSpaces = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return withSpaces.includes('%') ? percentDecode(withSpaces) : withSpaces;
}
