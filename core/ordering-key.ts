import { createHash } from 'node:crypto';

/** Where the key by which an event is ordered stands in it. */
export type OrderingKey = { readonly header: string } | { readonly body: string };

/** What of an event a key is taken from. */
export interface KeyedRequest {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Those whose events have no key wait for each other too. */
const NO_KEY = '';

/**
 * Names the events that wait for each other: by a hash of 64 bits, so that what is written beside a delivery is short and
 * tells nothing. Two keys of the same hash would wait for each other, which breaks no order.
 */
export function orderingGroup(key: OrderingKey, request: KeyedRequest): string {
  const value = 'header' in key ? headerValue(request, key.header) : bodyValue(request, key.body);
  if (value === undefined) return NO_KEY;
  return createHash('sha256').update(value).digest().toString('base64url', 0, 8);
}

function headerValue({ headers }: KeyedRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([given]) => given.toLowerCase() === wanted)?.[1];
}

/** Text, numbers and booleans are keys; a number beyond 2^53 may be the same key as its neighbour. */
function bodyValue({ body }: KeyedRequest, path: string): string | undefined {
  let value = parseJson(body);
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** `undefined` for what is no JSON: such an event has no key. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
