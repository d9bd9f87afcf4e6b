import type { RequestHead } from '../events/stored-request.ts';
import type { Carrier } from './scheme.ts';

/**
 * Removes the credential from a verified request. The API shows events, and destinations receive them; neither may reveal how to send to
 * the source.
 */
export function removeCredential(head: RequestHead, carrier: Carrier | undefined): RequestHead {
  if (!carrier) return head;
  if ('header' in carrier) {
    return { ...head, headers: head.headers.filter(([name]) => name.toLowerCase() !== carrier.header) };
  }
  const query = new URLSearchParams(head.query);
  query.delete(carrier.queryParameter);
  return { ...head, query: query.toString() };
}
