import { createHash } from 'node:crypto';
import type { RequestHead } from '../events/stored-request.ts';
import { ReceivedRequest } from '../ingest/received-request.ts';

/** Where the ordering key of an event is: in a header, or at a path of its JSON body. */
export type OrderingKey = { readonly header: string } | { readonly body: string };

/** The group of all events without a key, which wait for each other, too. */
export const NO_KEY = '';

/**
 * Identifies the events that wait for each other by a hash of 64 bits, so that what is stored beside a delivery is
 * short and reveals nothing. Two keys with the same hash would wait for each other, which breaks no order.
 */
export function orderingGroup(
  key: OrderingKey,
  { head, body }: { readonly head: RequestHead; readonly body: Uint8Array },
): string {
  const request = new ReceivedRequest(head, body, '');
  const value = 'header' in key ? request.header(key.header) : request.textAt(...key.body.split('.'));
  return value === undefined ? NO_KEY : createHash('sha256').update(value).digest().toString('base64url', 0, 8);
}
