import type { HeaderList } from './delivery-headers.ts';

/** Codes of failures that have no status code of the receiver. They are part of the API, so they never change. */
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

/**
 * The code of a failure behind a client of a WebSocket destination, as named by the client: nobody else has seen it.
 */
export type ClientErrorCode = string & { readonly __clientErrorCode: true };

/** Only this many characters of an error's message are logged: those who write it, such as a receiver, decide how long it is. */
export const MAX_ERROR_MESSAGE_LENGTH = 1_000;

/** Only this many bytes of a response body are logged. */
export const RESPONSE_BODY_LOG_BYTES = 16 * 1024;

export interface AttemptResponse {
  readonly statusCode: number;
  readonly headers: HeaderList;
  /** At most `RESPONSE_BODY_LOG_BYTES`, decoded from gzip, deflate or br. */
  readonly body: Uint8Array;
  readonly bodyTruncated: boolean;
}

/** What an attempt called, or tried to call. */
interface AttemptRequest {
  /** Set if Hawser makes HTTP requests to the destination itself. */
  readonly method?: string;
  /**
   * A URL without its secrets; for AWS the URL of the queue, `s3://bucket/key`, or the event bus. Absent for clients.
   */
  readonly target?: string;
  /** Absent if the event's body was sent unchanged. */
  readonly bodyFrom?: BodyMaker;
}

/** What replaced the event's body. */
export type BodyMaker = 'transform' | 'template';

export interface AttemptError {
  readonly code: AttemptErrorCode | ClientErrorCode;
  readonly message: string;
}

/** The response, the error, or both: a service may report a failure in its response. */
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

/** The outcome in one word, for the row: the error code, or else the status code. */
export function resultCodeOf(outcome: ResponseOrError): string {
  if (outcome.response === undefined) return outcome.error.code;
  return outcome.error?.code ?? String(outcome.response.statusCode);
}

/** The inverse. @param code `undefined` before the first attempt */
export function readResultCode(code: string | undefined): { statusCode: number | null; errorCode: string | null } {
  if (code === undefined) return { statusCode: null, errorCode: null };
  return /^\d+$/.test(code) ? { statusCode: Number(code), errorCode: null } : { statusCode: null, errorCode: code };
}
