import { formatInteger } from './format-integer.ts';
import { MAX_PASSAGES } from './ingest/loop-guard.ts';

interface ErrorKind {
  readonly status: number;
  /** Shown in the API reference. */
  readonly meaning: string;
}

/**
 * The error codes of the API with their HTTP status. Both are part of the API: codes are added, never changed.
 */
export const errorKinds = {
  BAD_REQUEST: {
    status: 400,
    meaning:
      'API Gateway refused the request before it reached Hawser: it is not valid HTTP or, with 431, its request line and headers exceed 10,240 bytes.',
  },
  INVALID_JSON: { status: 400, meaning: 'The body is not JSON, not UTF-8, or not an object.' },
  VALIDATION_FAILED: {
    status: 400,
    meaning: 'A field or parameter is missing, unknown, of the wrong type or out of range; `details` names each.',
  },
  INVALID_URL: { status: 400, meaning: 'The destination URL is not valid, or deliveries may not go there.' },
  UNAUTHORIZED: {
    status: 401,
    meaning:
      'No key or session, or an invalid one. The response does not say whether it is wrong, revoked, ended or expired.',
  },
  FORBIDDEN: {
    status: 403,
    meaning:
      'The key is valid, but its scope does not cover this, or a page of another origin sent the session cookie.',
  },
  RESOURCE_NOT_FOUND: {
    status: 404,
    meaning: "No such resource, or one of another organization: the two can't be told apart.",
  },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'The API has no such path.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path does not support this method; the `Allow` header lists those that it supports.',
  },
  CONFLICT: { status: 409, meaning: 'The change contradicts the current state, or another change came in between.' },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The body exceeds the limit that the message names.' },
  RATE_LIMITED: { status: 429, meaning: 'Too many requests at once; `Retry-After` says when to come back.' },
  INTERNAL_ERROR: { status: 500, meaning: "A fault of Hawser's own; its log has more under the `request_id`." },
  LOOP_DETECTED: {
    status: 508,
    meaning: `The webhook has passed through Hawser ${MAX_PASSAGES} times: a destination leads back to a source of its webhooks.`,
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/** One problem of a request, and its path (`retry_intervals.0`; empty for the body as a whole). */
export interface ErrorDetail {
  readonly path: string;
  readonly problem: string;
}

/** An error that is meant for the caller: its message says what is wrong and what to do, and contains no secrets. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[] | undefined;
  /** Extra response headers, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: readonly ErrorDetail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return errorKinds[this.code].status;
  }
}

/** The same error for an id that does not exist and for one of another organization. */
export function notFound(kind: string, id: string): ApiError {
  return new ApiError('RESOURCE_NOT_FOUND', `${kind} ${id} not found`);
}

export function validationFailed(path: string, problem: string): ApiError {
  return new ApiError('VALIDATION_FAILED', path ? `${path} ${problem}` : problem, { details: [{ path, problem }] });
}

export function loopDetected(): ApiError {
  return new ApiError(
    'LOOP_DETECTED',
    `The webhook has passed through Hawser ${MAX_PASSAGES} times and is not stored, because it goes in a circle. Find the destination that leads back to a source of its webhooks, and change its URL or delete its connection`,
  );
}

export function bodyTooLarge(limitBytes: number): ApiError {
  return new ApiError('PAYLOAD_TOO_LARGE', `The body is over the limit of ${formatInteger(limitBytes)} bytes`);
}
