import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { ApiError } from '../../core/api-error.ts';

/**
 * For responses that hold secrets or change at any time, and for errors: CloudFront caches a 404 or 410 that does not
 * forbid it.
 */
export const NOT_CACHED = { 'cache-control': 'no-store' };

export function jsonResponse(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyResult {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** A text response; its headers give the content type. */
export function textResponse(
  statusCode: number,
  body: string,
  headers: Readonly<{ 'content-type': string } & Record<string, string>>,
): APIGatewayProxyResult {
  return { statusCode, headers, body };
}

/** An error in the API's format: `error` is the status in words, `code` is what programs compare. */
export function errorResponse(error: ApiError, requestId: string): APIGatewayProxyResult {
  const body = {
    error: STATUS_CODES[error.status],
    message: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.details && { details: error.details }),
  };
  return jsonResponse(error.status, body, { ...NOT_CACHED, ...error.headers });
}
