import type { ReceivedRequest } from '../ingest/received-request.ts';

/**
 * The URLs that a sender may have signed. API Gateway passes the query decoded, so its encoding is lost: that of forms, that of
 * RFC 3986, or the latter with `@` and `:` unescaped (https://github.com/twilio/twilio-node/pull/621).
 * @param ingestUrl as the sender has it; `null`: as Hawser has it
 */
export function signedUrls({ head, ingestUrl: own }: ReceivedRequest, ingestUrl: string | null): string[] {
  const url = `${ingestUrl ?? own}${head.path}`;
  if (head.query === '') return [url];
  const strict = toRfc3986(head.query);
  const spellings = [head.query, strict, strict.replaceAll('%40', '@').replaceAll('%3A', ':')];
  return [...new Set(spellings)].map((query) => `${url}?${query}`);
}

function toRfc3986(query: string): string {
  return [...new URLSearchParams(query)].map((pair) => pair.map(percentEncode).join('=')).join('&');
}

/** Replaces lone surrogates, which have no UTF-8 and would throw. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const STANDARD_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** The URL with its default port added; `undefined` if it has a port already, or its scheme has none. */
export function withStandardPort(url: string): string | undefined {
  const [, scheme = '', authority = '', rest = ''] = /^(https?:)\/\/([^/?]*)(.*)$/s.exec(url) ?? [];
  const port = STANDARD_PORTS[scheme];
  return port === undefined || /:\d+$/.test(authority) ? undefined : `${scheme}//${authority}:${port}${rest}`;
}
