import { ResponseType } from 'aws-cdk-lib/aws-apigateway';

/**
 * API Gateway hands a body to Lambda as base64 in an event of at most 6 MB, which leaves this much.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const bodyLimit = '4,500,000';

export interface GatewayAnswer {
  type: ResponseType;
  /** Left out where the type stands for several; API Gateway's own is kept then. */
  statusCode?: string;
  error: string;
  code: string;
  /** Text, or a `$context` variable that holds a quoted string. */
  message: string;
  headers?: Record<string, string>;
}

/** What API Gateway itself answers, in the form and with the codes of the API's own errors. */
export const gatewayAnswers: readonly GatewayAnswer[] = [
  {
    type: ResponseType.DEFAULT_4XX,
    error: 'Bad Request',
    code: 'BAD_REQUEST',
    message: '$context.error.messageString',
  },
  {
    type: ResponseType.DEFAULT_5XX,
    error: 'Internal Server Error',
    code: 'INTERNAL_ERROR',
    message: 'Hawser could not answer; try again',
  },
  // API Gateway takes a path without a route for a request without an AWS signature, and one with an Authorization
  // header for a request with a wrong signature. Both are a path that does not exist.
  ...[ResponseType.MISSING_AUTHENTICATION_TOKEN, ResponseType.INVALID_SIGNATURE].map((type) => ({
    type,
    statusCode: '404',
    error: 'Not Found',
    code: 'RESOURCE_NOT_FOUND',
    message: 'There is nothing at this path',
  })),
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    statusCode: '413',
    error: 'Payload Too Large',
    code: 'PAYLOAD_TOO_LARGE',
    message: `The body is over the limit of ${bodyLimit} bytes`,
  },
  ...[ResponseType.THROTTLED, ResponseType.QUOTA_EXCEEDED].map((type) => ({
    type,
    statusCode: '429',
    error: 'Too Many Requests',
    code: 'RATE_LIMITED',
    message: 'Too many requests; try again in a second',
    headers: { 'Retry-After': "'1'" },
  })),
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    statusCode: '504',
    error: 'Gateway Timeout',
    code: 'TIMEOUT',
    message: 'Hawser did not answer in time; try again',
  },
  {
    type: ResponseType.INTEGRATION_FAILURE,
    statusCode: '502',
    error: 'Bad Gateway',
    code: 'INTERNAL_ERROR',
    message: 'Hawser could not answer; try again',
  },
];

/** The body: API Gateway replaces the `$context` variables; a message variable comes with its quotes. */
export function answerTemplate({ error, code, message }: GatewayAnswer): string {
  const quoted = message.startsWith('$context.') ? message : JSON.stringify(message);
  return `{"error":${JSON.stringify(error)},"message":${quoted},"code":${JSON.stringify(code)},"request_id":"$context.requestId"}`;
}
