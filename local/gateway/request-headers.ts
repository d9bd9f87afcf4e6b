import { randomUUID } from 'node:crypto';

/** The headers of a request as a proxy integration gets them. */
export interface EventHeaders {
  /** The last value of each name. */
  readonly single: Record<string, string>;
  readonly multi: Record<string, string[]>;
  readonly host: string | undefined;
  readonly userAgent: string | null;
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly traceId: string;
}

/** What the gateway knows of the connection a request came over. */
export interface Connection {
  readonly remoteAddress: string;
  readonly localPort: number;
  readonly protocol: 'http' | 'https';
  /** Used when the sender gave no `X-Amzn-Trace-Id`. */
  newTraceId(): string;
}

/**
 * These never reach the integration:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
 */
const DROPPED = new Set([
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

/**
 * Collects Node's `rawHeaders` (name, value, name, value …) with the sender's spelling of each name and all its values,
 * and adds the headers of the gateway itself: `X-Forwarded-For` is continued, `-Proto` and `-Port` are replaced.
 */
export function eventHeaders(rawHeaders: readonly string[], connection: Connection): EventHeaders {
  const single: Record<string, string> = Object.create(null);
  const multi: Record<string, string[]> = Object.create(null);
  const spelling = new Map<string, string>();
  const hopByHop = hopByHopNames(rawHeaders);
  let forwardedFor = '';
  const add = (lowerName: string, name: string, value: string) => {
    // A sender may spell one header in two ways. To HTTP it is one header, so both share the first spelling.
    const known = spelling.get(lowerName);
    if (known === undefined) {
      spelling.set(lowerName, name);
      multi[name] = [value];
      single[name] = value;
    } else {
      multi[known]?.push(value);
      single[known] = value;
    }
  };
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const lowerName = name.toLowerCase();
    if (lowerName.startsWith('x-forwarded-')) {
      if (lowerName === 'x-forwarded-for') {
        forwardedFor += `${value}, `;
        continue;
      }
      if (lowerName === 'x-forwarded-proto' || lowerName === 'x-forwarded-port') continue;
    } else if (DROPPED.has(lowerName) || hopByHop.has(lowerName)) continue;
    add(lowerName, name, value);
  }
  const lastValue = (lowerName: string): string | undefined => single[spelling.get(lowerName) ?? ''];
  const traceId = lastValue('x-amzn-trace-id') ?? connection.newTraceId();
  if (!spelling.has('x-amzn-trace-id')) add('x-amzn-trace-id', 'X-Amzn-Trace-Id', traceId);
  add('x-forwarded-for', 'X-Forwarded-For', forwardedFor + connection.remoteAddress);
  add('x-forwarded-port', 'X-Forwarded-Port', String(connection.localPort));
  add('x-forwarded-proto', 'X-Forwarded-Proto', connection.protocol);
  return {
    single,
    multi,
    host: lastValue('host'),
    userAgent: lastValue('user-agent') ?? null,
    contentType: lastValue('content-type'),
    accept: lastValue('accept'),
    traceId,
  };
}

/** RFC 9110 §7.6.1: headers named by `Connection` are between the sender and the gateway, which must not pass them on. */
function hopByHopNames(rawHeaders: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'connection') continue;
    for (const option of (rawHeaders[at + 1] ?? '').split(',')) named.add(option.trim().toLowerCase());
  }
  return named;
}

/** `Root=1-{seconds in hex}-{24 hex digits}`: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traces */
export function newTraceId(timeMs: number): string {
  return `Root=1-${Math.floor(timeMs / 1000).toString(16)}-${randomUUID().replaceAll('-', '').slice(8)}`;
}

/** Bytes of the request line and the header values; that is what the gateway's limit counts. */
export function headerBytes(method: string, url: string, rawHeaders: readonly string[]): number {
  // Node provides header text as latin1, so each character is a byte. The 10 bytes are two spaces and `HTTP/1.1`.
  let bytes = method.length + url.length + 10;
  for (let at = 1; at < rawHeaders.length; at += 2) bytes += rawHeaders[at]?.length ?? 0;
  return bytes;
}
