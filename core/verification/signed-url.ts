import type { ReceivedRequest } from '../ingest/received-request.ts';

/**
 * The URL that a sender may have signed, in its possible spellings. API Gateway hands a query over decoded, so that how it was
 * encoded is lost: as a form does it, as RFC 3986 does, or with `@` and `:` left alone
 * (https://github.com/twilio/twilio-node/pull/621).
 * @param ingestUrl as the sender has it; `null`: as Hawser has it
 */
export function signedUrls({ head, ingestUrl: own }: ReceivedRequest, ingestUrl: string | null): string[] {
  const url = `${ingestUrl ?? own}${head.path}`;
  if (head.query === '') return [url];
  const strict = rfc3986(head.query);
  const spellings = [head.query, strict, strict.replaceAll('%40', '@').replaceAll('%3A', ':')];
  return [...new Set(spellings)].map((query) => `${url}?${query}`);
}

function rfc3986(query: string): string {
  return [...new URLSearchParams(query)].map((pair) => pair.map(percentEncoded).join('=')).join('&');
}

/** Half a surrogate pair has no UTF-8, and would throw. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const STANDARD_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** The same URL with its port spelled out; `undefined` where it is, or there is none. */
export function withStandardPort(url: string): string | undefined {
  const [, scheme = '', authority = '', rest = ''] = /^(https?:)\/\/([^/?]*)(.*)$/s.exec(url) ?? [];
  const port = STANDARD_PORTS[scheme];
  return port === undefined || /:\d+$/.test(authority) ? undefined : `${scheme}//${authority}:${port}${rest}`;
}
