import type { IncomingMessage } from 'node:http';
import type { GatewayResponseType } from './gateway-responses.ts';
import { type ABORTED, type BodyFailure, declaredLength, NO_ROOM, TOO_LARGE } from './request-body.ts';
import { limit } from './rest-api.ts';

/** A response that the gateway sends without, or instead of, its integration. */
export class Refusal extends Error {
  readonly type: GatewayResponseType;
  readonly status: number | undefined;
  /** Whether the connection ends with this response: at once, or when the client has sent the rest of its body. */
  readonly closes: 'at once' | 'after the body' | undefined;

  constructor(type: GatewayResponseType, message?: string, status?: number, closes?: Refusal['closes']) {
    super(message ?? '');
    this.type = type;
    this.status = status;
    this.closes = closes;
  }
}

/** Why a body was not read to its end. */
export function bodyRefusal(failure: Exclude<BodyFailure, typeof ABORTED>): Refusal {
  if (failure === TOO_LARGE) {
    return new Refusal('REQUEST_TOO_LARGE', `HTTP content length exceeded ${limit.payloadBytes} bytes.`);
  }
  if (failure === NO_ROOM) return new Refusal('THROTTLED', undefined, undefined, 'after the body');
  return tooSlow();
}

function tooSlow(): Refusal {
  return new Refusal('DEFAULT_4XX', 'The request did not arrive in time', 408, 'at once');
}

/** AWS documents the limit but not the response. HTTP's status for it is 431. */
export function headersTooLarge(): Refusal {
  return new Refusal('DEFAULT_4XX', `HTTP header is larger than ${limit.headerBytes.toLocaleString('en')} bytes.`, 431);
}

/** Whether the request sends `Expect: 100-continue` for a body that isn't too large for the API. */
export function expectsContinue(message: IncomingMessage): boolean {
  return isContinue(message) && declaredLength(message) <= limit.payloadBytes;
}

function isContinue({ headers }: IncomingMessage): boolean {
  return headers.expect?.toLowerCase() === '100-continue';
}

/** Refuses what HTTP/1.1 forbids but Node's parser lets through. */
export function headProblem(message: IncomingMessage): Refusal | undefined {
  if (message.httpVersion !== '1.1') return undefined;
  // RFC 9112 §3.2: a request with no Host header, or with several, must be answered 400.
  const hosts = hostCount(message.rawHeaders);
  if (hosts !== 1) {
    return new Refusal('DEFAULT_4XX', `The request must have one Host header, and has ${hosts === 0 ? 'none' : hosts}`);
  }
  // RFC 9110 §10.1.1
  if (message.headers.expect === undefined || isContinue(message)) return undefined;
  return new Refusal('DEFAULT_4XX', 'The only supported expectation is 100-continue', 417);
}

/** Runs for every request, so it avoids `headersDistinct`, which would build an object of all headers. */
function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}

/** What Node's parser says of bytes that it can't read: https://nodejs.org/api/http.html#event-clienterror */
export interface ParserError extends NodeJS.ErrnoException {
  readonly reason?: string;
}

export function parserRefusal({ code, reason, message }: ParserError): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge();
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return tooSlow();
  return new Refusal('DEFAULT_4XX', `The request is not valid HTTP/1.1: ${reason ?? message}`);
}
