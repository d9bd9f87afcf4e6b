/**
 * The error codes of the API with their HTTP status. Both are part of the API: codes are added, never changed.
 */
const errorStatus = {
  /** The body is not JSON, or not a JSON object. */
  INVALID_JSON: 400,
  /** A field is missing, unknown, of the wrong type or out of range; `details` names each. */
  VALIDATION_FAILED: 400,
  /** A destination URL that is no URL, or one that deliveries may not go to. */
  INVALID_URL: 400,
  /** No key, or one that is not valid. */
  UNAUTHORIZED: 401,
  /** The key is valid, but its scope does not cover this. */
  FORBIDDEN: 403,
  /** No such resource, or one of another organization: the two can't be told apart. */
  RESOURCE_NOT_FOUND: 404,
  /** The API has no such path. */
  ROUTE_NOT_FOUND: 404,
  /** The path exists, but not with this method; the `Allow` header lists those that it has. */
  METHOD_NOT_ALLOWED: 405,
  /** The change contradicts the current state, or another change came in between. */
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  /** A fault of Hawser's own. The log has more under the answer's `request_id`. */
  INTERNAL_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** One problem in the request: where (`retry_intervals.0`, empty for the body as a whole) and what. */
export interface ErrorDetail {
  readonly path: string;
  readonly problem: string;
}

/** An error that is meant for the caller: its message says what is wrong and what to do, and holds nothing secret. */
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
    return errorStatus[this.code];
  }
}

/** The same answer for an id that does not exist and for one of another organization. */
export function notFound(kind: string, id: string): ApiError {
  return new ApiError('RESOURCE_NOT_FOUND', `${kind} ${id} not found`);
}

export function validationFailed(path: string, problem: string): ApiError {
  return new ApiError('VALIDATION_FAILED', path ? `${path}: ${problem}` : problem, { details: [{ path, problem }] });
}
