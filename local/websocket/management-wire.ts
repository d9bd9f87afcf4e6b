import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import type { WireRequest, WireResponse, WireService } from '../wire/wire.ts';
import { isGatewayId } from './client.ts';
import type { Connection } from './connection.ts';
import type { WebSocketConnections } from './connections.ts';
import { limit } from './websocket-api.ts';

type Operation = (connection: Connection, body: Uint8Array) => WireResponse;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  POST: postToConnection,
  GET: getConnection,
  DELETE: deleteConnection,
};

/**
 * The API Gateway Management API over REST-JSON, with the stage as the first part of the path:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function managementWire(connections: WebSocketConnections): WireService {
  return {
    signingName: 'execute-api',
    async handle({ method, url, body }: WireRequest) {
      const [, stageName, encodedId] = /^\/([^/?]+)\/@connections\/([^/?]+)$/.exec(url) ?? [];
      const operation = OPERATIONS[method];
      if (stageName === undefined || encodedId === undefined || !operation) {
        throw notImplemented('API Gateway Management API', `${method} ${url}`);
      }
      const open = connections.ofStage(stageName);
      if (!open) throw new AwsError('ForbiddenException', 'Forbidden', 403);
      const connection = open.get(connectionId(encodedId));
      // AWS gives only the type of this error.
      if (!connection?.isOpen) throw new AwsError('GoneException', '', 410);
      return operation(connection, body);
    },
    errorResponse: ({ status, code, message }) =>
      respond(status, message === '' ? {} : { message }, { 'x-amzn-errortype': code }),
  };
}

/** Tells a text that can't be an id from the id of a client that is gone. */
function connectionId(encoded: string): string {
  const id = decodeSegment(encoded);
  if (id !== undefined && isGatewayId(id)) return id;
  throw new AwsError('BadRequestException', `Invalid connectionId: ${id ?? encoded}`, 400);
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function postToConnection(connection: Connection, body: Uint8Array): WireResponse {
  if (body.byteLength > limit.messageBytes) {
    throw new AwsError('PayloadTooLargeException', 'Message too long', 413);
  }
  // Clients get text frames. AWS doesn't document what it does with bytes that aren't UTF-8.
  if (!isUtf8(body)) throw notImplemented('API Gateway Management API', 'messages that are not UTF-8');
  if (!connection.post(body)) throw new AwsError('LimitExceededException', 'Limit exceeded', 429);
  return respond(200);
}

function getConnection({ client, lastActiveMs }: Connection): WireResponse {
  return respond(200, {
    connectedAt: new Date(client.connectedMs).toISOString(),
    identity: { sourceIp: client.sourceIp, ...(client.userAgent !== undefined && { userAgent: client.userAgent }) },
    lastActiveAt: new Date(lastActiveMs).toISOString(),
  });
}

function deleteConnection(connection: Connection): WireResponse {
  connection.close(1000, 'Connection Closed Normally');
  return respond(204);
}

function respond(status: number, body?: object, headers: Record<string, string> = {}): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}
