import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { limit } from './websocket-api.ts';

/** Whether a request asks for a WebSocket: https://www.rfc-editor.org/rfc/rfc6455#section-4.1 */
export function isWebSocketRequest({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Why a client can't be admitted, determined before any function is invoked. */
export interface HandshakeProblem {
  readonly status: number;
  readonly message: string;
}

/**
 * Checks everything except who the client is. As on AWS, the `Origin` is not checked: the function behind `$connect` decides who
 * may connect from where.
 */
export function handshakeProblem(message: IncomingMessage, stageName: string): HandshakeProblem | undefined {
  const { url = '/', headers } = message;
  if (url.length > limit.urlLength) return { status: 414, message: 'URI Too Long' };
  const path = pathOf(url);
  if (path !== `/${stageName}` && path !== `/${stageName}/`) return { status: 403, message: 'Forbidden' };
  const hasKey = /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '');
  if (!hasKey || headers['sec-websocket-version'] !== '13') return { status: 400, message: 'Bad Request' };
  return undefined;
}

function pathOf(url: string): string {
  const queryStart = url.indexOf('?');
  return queryStart === -1 ? url : url.slice(0, queryStart);
}

/** Responds to a failed handshake, and ends its connection. */
export function refuseHandshake(
  socket: Socket,
  { status, message }: HandshakeProblem,
  ids: { readonly connectionId: string; readonly requestId: string },
): void {
  const body = JSON.stringify({ message, ...ids });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `x-amzn-RequestId: ${ids.requestId}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  // It doesn't wait for the client to close the connection, because the client may never do so.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
