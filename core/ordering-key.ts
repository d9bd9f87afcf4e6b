import { createHash } from 'node:crypto';
import { ReceivedRequest } from './received-request.ts';
import type { RequestHead } from './stored-request.ts';

/** Where the key by which an event is ordered stands in it: a header, or a path of its JSON body. */
export type OrderingKey = { readonly header: string } | { readonly body: string };

/** The group of events that have no key: they wait for each other too. */
export const NO_KEY = '';

/**
 * Names the events that wait for each other: by a hash of 64 bits, so that what is written beside a delivery is short and
 * tells nothing. Two keys of the same hash would wait for each other, which breaks no order.
 */
export function orderingGroup(
  key: OrderingKey,
  { head, body }: { readonly head: RequestHead; readonly body: Uint8Array },
): string {
  const request = new ReceivedRequest(head, body, '');
  const value = 'header' in key ? request.header(key.header) : request.textAt(...key.body.split('.'));
  return value === undefined ? NO_KEY : createHash('sha256').update(value).digest().toString('base64url', 0, 8);
}
