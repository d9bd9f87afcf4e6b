import type { ReceivedRequest } from '../ingest/received-request.ts';

/**
 * The order of more names than this is not guessed: four have 24. Nor is it if more than this is signed beside the URL, which would
 * be hashed as often. So whoever sends a wrong signature makes Hawser hash 64 KiB 24 × 3 times, for each of two secrets and, with
 * Twilio, two ports: 19 MB, which is less than the largest body takes in three spellings with two secrets.
 */
const MAX_NAMES_IN_ANY_ORDER = 4;
const MAX_SIGNED_BESIDE = 65_536;

/**
 * Whether the sender has signed the URL in one of its possible spellings and orders. API Gateway hands a query over decoded, so that
 * how it was encoded is lost: as a form does it, as RFC 3986 does, or with `@` and `:` left alone
 * (https://github.com/twilio/twilio-node/pull/621). So is the order of its names:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 * @param ingestUrl as the sender has it; `null`: as Hawser has it
 * @param signedBeside how many bytes or characters are signed beside the URL
 */
export function isUrlSigned(
  request: ReceivedRequest,
  ingestUrl: string | null,
  signedBeside: number,
  isSigned: (url: string) => boolean,
): boolean {
  for (const url of possibleUrls(request, ingestUrl, signedBeside)) if (isSigned(url)) return true;
  return false;
}

function* possibleUrls(request: ReceivedRequest, ingestUrl: string | null, signedBeside: number): Generator<string> {
  const url = `${ingestUrl ?? request.ingestUrl}${request.head.path}`;
  if (request.head.query === '') return yield url;
  for (const query of possibleOrders(request.head.query, signedBeside)) {
    const strict = toRfc3986(query);
    const spellings = [query, strict, strict.replaceAll('%40', '@').replaceAll('%3A', ':')];
    yield* [...new Set(spellings)].map((spelled) => `${url}?${spelled}`);
  }
}

function* possibleOrders(query: string, signedBeside: number): Generator<string> {
  const names = [...Map.groupBy(new URLSearchParams(query), ([name]) => name).values()];
  if (names.length > MAX_NAMES_IN_ANY_ORDER || signedBeside > MAX_SIGNED_BESIDE) return yield query;
  for (const order of permutations(names)) yield new URLSearchParams(order.flat()).toString();
}

/** Their own order first. */
function* permutations<Item>(items: readonly Item[]): Generator<Item[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries())
    for (const others of permutations(items.toSpliced(index, 1))) yield [item, ...others];
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
