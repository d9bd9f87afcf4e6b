import { AwsError, notImplemented } from '../wire/aws-error.ts';
import type { WireRequest } from '../wire/wire.ts';

/** A path-style request, taken apart. */
export interface S3Request {
  readonly method: string;
  /** Empty for the service itself (`GET /`). */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** @throws AwsError InvalidURI for a path or query that is not percent-encoded UTF-8. */
export function parseRequest(request: WireRequest): S3Request {
  const queryStart = request.url.indexOf('?');
  const path = queryStart === -1 ? request.url : request.url.slice(0, queryStart);
  const slash = path.indexOf('/', 1);
  return {
    method: request.method,
    bucket: decode(slash === -1 ? path.slice(1) : path.slice(1, slash)),
    key: slash === -1 ? '' : decode(path.slice(slash + 1)),
    query: parseQuery(queryStart === -1 ? '' : request.url.slice(queryStart + 1)),
    headers: request.headers,
    body: request.body,
  };
}

/** The parameters and headers that an operation honours beyond those of every operation. */
export interface Honoured {
  readonly query?: readonly string[];
  readonly headers?: readonly string[];
  /** Whether `x-amz-meta-*` headers are taken. */
  readonly metadata?: boolean;
}

/** Headers that change what an operation does, without the `x-amz-` prefix. */
const MEANINGFUL = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'range'];

/** Signing, transport and body integrity: the same for all operations. */
const COMMON_HEADERS = new Set([
  'content-md5',
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-security-token',
  'x-amz-trailer',
  'x-amz-user-agent',
]);

/** @throws AwsError 501 for a query parameter or header that the operation does not honour. */
export function refuseUnsupported(request: S3Request, operation: string, honoured: Honoured): void {
  for (const name of request.query.keys()) {
    if (name === 'x-id' || name.startsWith('X-Amz-') || honoured.query?.includes(name)) continue;
    throw notImplemented('s3', `the query parameter ${name} of ${operation}`);
  }
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith('x-amz-') && !MEANINGFUL.includes(name)) continue;
    if (COMMON_HEADERS.has(name) || honoured.headers?.includes(name)) continue;
    // The algorithm is checked together with the body.
    if (name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-mode') continue;
    if (honoured.metadata && name.startsWith('x-amz-meta-')) continue;
    throw notImplemented('s3', `the header ${name} of ${operation}`);
  }
}

function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    parameters.set(decode(name), decode(value.replaceAll('+', ' ')));
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}
