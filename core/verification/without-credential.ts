import type { RequestHead } from '../events/stored-request.ts';
import type { Carrier } from './scheme.ts';

/**
 * A verified request without what proved it: an event is shown by the API and sent to its destinations, which must not learn
 * how to send to its source.
 */
export function withoutCredential(head: RequestHead, carrier: Carrier | undefined): RequestHead {
  if (!carrier) return head;
  if ('header' in carrier) {
    return { ...head, headers: head.headers.filter(([name]) => name.toLowerCase() !== carrier.header) };
  }
  const query = new URLSearchParams(head.query);
  query.delete(carrier.queryParameter);
  return { ...head, query: query.toString() };
}
