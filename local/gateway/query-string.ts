import { unescape as percentDecode } from 'node:querystring';

export interface QueryParameters {
  /** The last value of each name. */
  readonly single: Record<string, string>;
  readonly multi: Record<string, string[]>;
}

/**
 * Decodes a query as API Gateway does for a proxy integration: `+` is a space, percent escapes are UTF-8, a name without
 * a value is the empty string. `undefined` when there is no parameter at all.
 *
 * @param query what follows the question mark.
 */
export function parseQueryString(query: string): QueryParameters | undefined {
  const single: Record<string, string> = Object.create(null);
  const multi: Record<string, string[]> = Object.create(null);
  let found = false;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    const values = multi[name];
    if (values) values.push(value);
    else multi[name] = [value];
    single[name] = value;
    found = true;
  }
  return found ? { single, multi } : undefined;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? percentDecode(spaced) : spaced;
}
