import type { RequestHead } from '../../../core/stored-request.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A body as the text that it is in UTF-8, byte for byte; `undefined` where it is none. */
export function textOf(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    // Not UTF-8: the answer to the question, no failure.
    return undefined;
  }
}

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
