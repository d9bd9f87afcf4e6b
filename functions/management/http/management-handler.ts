import middy, { type MiddyfiedHandler } from '@middy/core';
import httpRouter, { type Method } from '@middy/http-router';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ApiError } from '../../../core/api-error.ts';
import { errorResponse, jsonResponse, NOT_CACHED, textResponse } from '../../shared/api-response.ts';
import { logger } from '../../shared/logger.ts';
import type { Services } from '../services.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

/** The management API as one handler. Every failure becomes an error response in the API's own format. */
export function managementHandler(services: Services): MiddyfiedHandler<APIGatewayProxyEvent, APIGatewayProxyResult> {
  const router = httpRouter<APIGatewayProxyEvent, APIGatewayProxyResult>({
    routes: routes.flatMap((route) =>
      methodsOf(route).map((method) => ({
        method,
        path: route.path,
        handler: (event: APIGatewayProxyEvent) => respond(route, { ...event, httpMethod: route.method }, services),
      })),
    ),
    notFoundResponse: ({ method, path }) => {
      throw unknownRoute(method, path);
    },
  });
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
    .onError((request) => {
      request.response = toErrorResponse(request.error, request.event);
    })
    .handler(router);
}

/**
 * Every GET route handles HEAD as well (RFC 9110 §9.1), in the same way: API Gateway drops the body of the response.
 */
function methodsOf({ method }: Route): readonly Method[] {
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}

async function respond(route: Route, event: APIGatewayProxyEvent, services: Services): Promise<APIGatewayProxyResult> {
  const { body, headers } = await route.run(event, services);
  const allHeaders = { ...NOT_CACHED, ...headers };
  return typeof body === 'string'
    ? textResponse(route.status, body, { 'content-type': route.mediaType, ...allHeaders })
    : jsonResponse(route.status, body, allHeaders);
}

function unknownRoute(method: string, path: string): ApiError {
  const fixed = routes.filter((route) => route.path === path);
  const candidates = fixed.length > 0 ? fixed : routes.filter((route) => matches(route.path, path));
  const allowed = candidates.flatMap(methodsOf);
  if (allowed.length === 0) return new ApiError('ROUTE_NOT_FOUND', `The API has no ${path}`);
  const allow = allowed.join(', ');
  return new ApiError('METHOD_NOT_ALLOWED', `${path} does not take ${method}; it takes ${allow}`, {
    headers: { allow },
  });
}

function matches(template: string, path: string): boolean {
  const [expected, actual] = [template.split('/'), path.replace(/\/$/, '').split('/')];
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => (segment.startsWith('{') ? actual[index] !== '' : segment === actual[index]))
  );
}

function toErrorResponse(error: unknown, event: APIGatewayProxyEvent): APIGatewayProxyResult {
  const { requestId } = event.requestContext;
  if (error instanceof ApiError) return errorResponse(error, requestId);
  logger.error('a request of the management API failed', {
    requestId,
    method: event.httpMethod,
    path: event.path,
    error,
  });
  const message = 'Something failed inside Hawser; its log has more under this request_id';
  return errorResponse(new ApiError('INTERNAL_ERROR', message), requestId);
}
