import type { EpochMs } from '../clock.ts';
import { commonLogTime } from '../gateway/proxy-event.ts';
import type { QueryParameters } from '../gateway/query-string.ts';
import type { EventHeaders } from '../gateway/request-headers.ts';
import { type Client, newGatewayId } from './client.ts';
import type { WebSocketApiSpec } from './websocket-api.ts';

/** What happened to a connection, for the function behind its route. */
export interface RouteEvent {
  readonly spec: WebSocketApiSpec;
  readonly client: Client;
  readonly routeKey: string;
  readonly requestId: string;
  readonly timeMs: EpochMs;
}

/** Why a connection is over, in the codes of https://www.rfc-editor.org/rfc/rfc6455#section-7.4 */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/**
 * The events of a Lambda proxy integration of a WebSocket API, as JSON.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
 */
export function connectEvent(event: RouteEvent, headers: EventHeaders, query: QueryParameters | undefined): string {
  return JSON.stringify({
    headers: headers.single,
    multiValueHeaders: headers.multi,
    ...(query && { queryStringParameters: query.single, multiValueQueryStringParameters: query.multi }),
    requestContext: requestContext(event, { eventType: 'CONNECT' }),
    isBase64Encoded: false,
  });
}

export function messageEvent(event: RouteEvent, body: string): string {
  return JSON.stringify({
    requestContext: requestContext(event, { messageId: newGatewayId(), eventType: 'MESSAGE' }),
    body,
    isBase64Encoded: false,
  });
}

export function disconnectEvent(event: RouteEvent, { code, reason }: Closing): string {
  // On AWS the last three headers are there too, and are empty.
  const headers = { Host: event.client.domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return JSON.stringify({
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    requestContext: requestContext(event, {
      disconnectStatusCode: code,
      eventType: 'DISCONNECT',
      disconnectReason: code === 1005 ? 'Client-side close frame status not set' : reason,
    }),
    isBase64Encoded: false,
  });
}

function requestContext({ spec, client, routeKey, requestId, timeMs }: RouteEvent, eventFields: object): object {
  return {
    routeKey,
    ...eventFields,
    extendedRequestId: requestId,
    requestTime: commonLogTime(timeMs),
    messageDirection: 'IN',
    stage: spec.stageName,
    connectedAt: client.connectedMs,
    requestTimeEpoch: timeMs,
    identity: {
      ...(client.userAgent !== undefined && { userAgent: client.userAgent }),
      sourceIp: client.sourceIp,
    },
    requestId,
    domainName: client.domainName,
    connectionId: client.connectionId,
    apiId: spec.apiId,
  };
}
