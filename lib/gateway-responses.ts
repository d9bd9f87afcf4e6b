import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import type { ErrorCode } from '../core/api-error.ts';
import { formatInteger } from '../core/format-integer.ts';
import { MAX_API_BODY_BYTES } from '../functions/management/http/request-parts.ts';
import { MAX_BODY_BYTES } from '../functions/shared/ingest-limit.ts';

export interface GatewayResponse {
  readonly type: ResponseType;
  /** Left out if the default of API Gateway is right, or if the type stands for several. */
  readonly statusCode?: string;
  readonly error: string;
  readonly code: ErrorCode;
  /** Text, or a `$context` variable that holds a quoted string. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const noSuchPath = {
  statusCode: '404',
  error: 'Not Found',
  code: 'ROUTE_NOT_FOUND',
  message: 'No route has this path; /v1/reference lists all routes',
} as const;

const tooManyRequests = {
  statusCode: '429',
  error: 'Too Many Requests',
  code: 'RATE_LIMITED',
  message: 'Too many requests at once; try again in a second',
  headers: { 'Retry-After': "'1'" },
} as const;

const refused = {
  statusCode: '403',
  error: 'Forbidden',
  code: 'FORBIDDEN',
  message: 'The request was refused before it reached Hawser',
} as const;

const fault = {
  error: 'Internal Server Error',
  code: 'INTERNAL_ERROR',
  message: 'Hawser could not answer; try again',
} as const;

/**
 * The responses that API Gateway makes itself, in the format and with the codes of the API's own errors.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export const gatewayResponses: readonly GatewayResponse[] = [
  // One text for several statuses, which API Gateway chooses: 400, 431 and the like.
  {
    type: ResponseType.DEFAULT_4XX,
    error: 'Bad Request',
    code: 'BAD_REQUEST',
    message: '$context.error.messageString',
  },
  { type: ResponseType.DEFAULT_5XX, ...fault },
  // API Gateway takes a request with an unknown path for a call to AWS itself: one without a signature, or, if it has an
  // Authorization header, with a wrong or expired one.
  { type: ResponseType.MISSING_AUTHENTICATION_TOKEN, ...noSuchPath },
  { type: ResponseType.INVALID_SIGNATURE, ...noSuchPath },
  { type: ResponseType.EXPIRED_TOKEN, ...noSuchPath },
  // From a resource policy or a web ACL that a user may have added.
  { type: ResponseType.ACCESS_DENIED, ...refused },
  { type: ResponseType.WAF_FILTERED, ...refused },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    statusCode: '413',
    error: 'Payload Too Large',
    code: 'PAYLOAD_TOO_LARGE',
    // The same response for all paths: a body beyond API Gateway's 10 MB, or beyond Lambda's limit, exceeds both limits.
    message: `The body is over the limit of ${formatInteger(MAX_BODY_BYTES)} bytes at an ingest URL, ${formatInteger(MAX_API_BODY_BYTES)} below /v1`,
  },
  { type: ResponseType.THROTTLED, ...tooManyRequests },
  { type: ResponseType.QUOTA_EXCEEDED, ...tooManyRequests },
  // Both are 504 by default. If a status is set, whichever, "API Gateway counts … as 4XXError", which the 5xx alarm does not see:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    ...fault,
    error: 'Gateway Timeout',
    message: 'Hawser did not answer in time; try again',
  },
  { type: ResponseType.INTEGRATION_FAILURE, ...fault, error: 'Gateway Timeout' },
];

/** The body: API Gateway replaces the `$context` variables; a message variable comes with its quotes. */
export function responseTemplate({ error, code, message }: GatewayResponse): string {
  const quoted = message.startsWith('$context.') ? message : JSON.stringify(message);
  return `{"error":${JSON.stringify(error)},"message":${quoted},"code":${JSON.stringify(code)},"request_id":"$context.requestId"}`;
}
