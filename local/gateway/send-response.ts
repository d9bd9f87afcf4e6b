import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RenderedGatewayResponse } from './gateway-responses.ts';
import type { RequestIdentity } from './proxy-event.ts';
import type { ProxyResponse } from './proxy-response.ts';

export interface SendOptions {
  readonly traceId?: string;
  /** What to wait for before ending the response. The client gets all its bytes before that. */
  readonly until?: Promise<void> | undefined;
}

/** Writes a response with the headers that the gateway itself adds. */
export function send(
  message: IncomingMessage,
  reply: ServerResponse,
  identity: RequestIdentity,
  response: ProxyResponse | RenderedGatewayResponse,
  { traceId, until }: SendOptions = {},
): void {
  const { status, headers, body } = response;
  const typed = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'content-type');
  if (!typed) headers.push('Content-Type', 'application/json');
  headers.push('x-amzn-RequestId', identity.requestId, 'x-amz-apigw-id', identity.extendedRequestId);
  if (traceId !== undefined) headers.push('X-Amzn-Trace-Id', traceId);
  const bodyless = status === 204 || status === 304;
  if (!bodyless) headers.push('Content-Length', String(Buffer.byteLength(body)));
  reply.writeHead(status, headers);
  endAfter(until, reply, bodyless || message.method === 'HEAD' ? '' : body);
}

/** Sends a response and ends it once there is nothing more to wait for. */
export function endAfter(until: Promise<void> | undefined, reply: ServerResponse, content: string | Uint8Array): void {
  if (!until) {
    reply.end(content);
    return;
  }
  reply.write(content);
  // Otherwise Node would hold back the head of a response without a body until the response ends.
  reply.flushHeaders();
  void until.then(() => reply.end());
}
