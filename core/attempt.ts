import type { HeaderList } from './delivery-headers.ts';

/** Stable codes of failures that no status code of a receiver tells; part of the API. */
export type AttemptErrorCode =
  | 'TIMEOUT'
  | 'DNS_ERROR'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'CONNECTION_FAILED'
  | 'INVALID_RESPONSE'
  | 'TLS_ERROR'
  | 'TOKEN_FAILED'
  | 'ACCESS_DENIED'
  | 'TARGET_NOT_FOUND'
  | 'THROTTLED'
  | 'SERVICE_ERROR'
  | 'REQUEST_REFUSED'
  | 'NOT_ROUTED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_BODY'
  | 'NO_CLIENTS'
  | 'BLOCKED_ADDRESS'
  | 'INVALID_CONFIGURATION';

/** Of a failure behind a client of a WebSocket destination, as the client names it: nobody else has seen it. */
export type ClientErrorCode = string & { readonly __clientErrorCode: true };

/** The first bytes of a response body are logged; the rest is counted out. */
export const RESPONSE_BODY_LOG_BYTES = 16 * 1024;

export interface AttemptResponse {
  readonly statusCode: number;
  readonly headers: HeaderList;
  /** At most `RESPONSE_BODY_LOG_BYTES`, decoded from gzip, deflate or br. */
  readonly body: Uint8Array;
  readonly bodyTruncated: boolean;
}

/** What an attempt has called, or tried to. */
interface AttemptRequest {
  /** Where the destination takes HTTP requests of Hawser's own making. */
  readonly method?: string;
  /** A URL without its secrets; of AWS the queue's URL, `s3://bucket/key`, or the event bus. Clients have none. */
  readonly target?: string;
  /** Absent where the body is the event's, byte for byte. */
  readonly bodyFrom?: BodyMaker;
}

/** What has made another body of an event's. */
export type BodyMaker = 'transform' | 'template';

export interface AttemptError {
  readonly code: AttemptErrorCode | ClientErrorCode;
  readonly message: string;
}

/** What came back. A service may answer, and tell of a failure in its answer: then there are both. */
export type ResponseOrError =
  | { readonly response: AttemptResponse; readonly error?: AttemptError }
  | { readonly response?: never; readonly error: AttemptError };

/** One try of a delivery, as it is logged. */
export type Attempt = ResponseOrError & {
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** Absent in rows of versions before it was logged. */
  readonly request?: AttemptRequest;
  /** The request's headers as sent, secrets masked. */
  readonly requestHeaders: HeaderList;
};

/** The outcome in a word: its error code, else the status code. */
export function resultCodeOf(outcome: ResponseOrError): string {
  if (outcome.response === undefined) return outcome.error.code;
  return outcome.error?.code ?? String(outcome.response.statusCode);
}

/** What such a word tells. @param code `undefined` before the first attempt */
export function readResultCode(code: string | undefined): { statusCode: number | null; errorCode: string | null } {
  if (code === undefined) return { statusCode: null, errorCode: null };
  return /^\d+$/.test(code) ? { statusCode: Number(code), errorCode: null } : { statusCode: null, errorCode: code };
}
