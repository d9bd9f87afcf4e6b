import { type AttemptErrorCode, MAX_ERROR_MESSAGE_LENGTH } from '../../core/deliveries/attempt.ts';
import { unreadableResponse } from '../../core/destinations/unreadable-response.ts';
import type { AttemptResult, LoggedRequest } from './destination-type.ts';

/** Maps Node's and OpenSSL's error codes to the API's stable codes. Codes that match nothing here are connection failures. */
const CODES: Readonly<Record<string, AttemptErrorCode>> = {
  TIMEOUT: 'TIMEOUT',
  ETIMEDOUT: 'TIMEOUT',
  INVALID_RESPONSE: 'INVALID_RESPONSE',
  BLOCKED_ADDRESS: 'BLOCKED_ADDRESS',
  TOKEN_FAILED: 'TOKEN_FAILED',
  BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  UNSUPPORTED_BODY: 'UNSUPPORTED_BODY',
  ENOTFOUND: 'DNS_ERROR',
  EAI_AGAIN: 'DNS_ERROR',
  ENODATA: 'DNS_ERROR',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  EPROTO: 'TLS_ERROR',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_ERROR',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_ERROR',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS_ERROR',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS_ERROR',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS_ERROR',
};

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_)/;
/** A header or a URL that Node refuses to send. */
const UNUSABLE_CODE = /^ERR_(INVALID|UNESCAPED|HTTP_INVALID)/;

/** Errors that no retry can fix. */
const PERMANENT: ReadonlySet<AttemptErrorCode> = new Set([
  'BLOCKED_ADDRESS',
  'INVALID_CONFIGURATION',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_BODY',
]);

/** This webhook can never be sent to this destination. */
export class UnsendableError extends Error {
  readonly code: 'BODY_TOO_LARGE' | 'UNSUPPORTED_BODY';

  constructor(code: UnsendableError['code'], message: string) {
    super(message);
    this.name = 'UnsendableError';
    this.code = code;
  }
}

interface Failure {
  readonly code: AttemptErrorCode;
  readonly message: string;
  readonly isPermanent: boolean;
  /** The delay that a token endpoint asks for; 0 if there is none. */
  readonly retryAfterSeconds: number;
}

/** Describes, for the log, why a request got no response, or an unreadable one. */
export function failureOf(error: unknown): Failure {
  const { code: rawCode = '', message: whole = String(error), retryAfterSeconds = 0 } = causeOf(error);
  // A host may have any number of addresses, and Node's message about a certificate of another host has all the names in it.
  const message = whole.slice(0, MAX_ERROR_MESSAGE_LENGTH);
  const unreadable = unreadableResponse(rawCode, message);
  if (unreadable) return { ...unreadable, isPermanent: false, retryAfterSeconds };
  const code = CODES[rawCode] ?? codeByPattern(rawCode);
  return { code, message, isPermanent: PERMANENT.has(code), retryAfterSeconds };
}

/** The result of an attempt that got no response. */
export function failedAttempt(sent: LoggedRequest, error: unknown): AttemptResult {
  const { code, message, isPermanent, retryAfterSeconds } = failureOf(error);
  const failure = isPermanent ? 'permanent' : 'temporary';
  return { ...sent, error: { code, message }, verdict: { kind: 'failed', failure, retryAfterSeconds } };
}

/** What a status means when a service refuses a request, as opposed to a receiver of webhooks. */
export function codeOfStatus(status: number): AttemptErrorCode {
  if (status === 429) return 'THROTTLED';
  if (status === 401 || status === 403) return 'ACCESS_DENIED';
  if (status === 404) return 'TARGET_NOT_FOUND';
  return status >= 500 ? 'SERVICE_ERROR' : 'REQUEST_REFUSED';
}

function codeByPattern(code: string): AttemptErrorCode {
  if (TLS_CODE.test(code)) return 'TLS_ERROR';
  if (UNUSABLE_CODE.test(code)) return 'INVALID_CONFIGURATION';
  return 'CONNECTION_FAILED';
}

interface Cause {
  readonly code?: string | undefined;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}

/**
 * When Node has tried several addresses, it throws an AggregateError with an empty message. A timeout of one of them only means
 * that Node went on to the next, not that the attempt ran out of time, so the error of another address is preferred.
 */
function causeOf(error: unknown): Cause {
  if (!(error instanceof AggregateError)) return error instanceof Error ? error : { message: String(error) };
  const causes = error.errors.map(causeOf);
  const { code } = causes.find((cause) => cause.code !== 'ETIMEDOUT') ?? causes[0] ?? {};
  return { code, message: causes.map((cause) => cause.message).join('; ') };
}
