import type { RequestHead } from '../../core/events/stored-request.ts';

/** The sender's content type, if it fits in an attribute: visible ASCII only. */
export function contentTypeOf(head: RequestHead): string | undefined {
  return headerOf(head, 'content-type');
}

export function contentEncodingOf(head: RequestHead): string | undefined {
  return headerOf(head, 'content-encoding');
}

function headerOf({ headers }: RequestHead, name: string): string | undefined {
  const value = headers.find(([given]) => given.toLowerCase() === name)?.[1].trim();
  return value !== undefined && /^[\x20-\x7e]{1,256}$/.test(value) ? value : undefined;
}
