import type { RequestHead } from '../../core/stored-request.ts';

/** As the sender gave it, where it can stand in an attribute: in visible ASCII. */
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
