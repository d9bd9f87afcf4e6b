import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { RenderedGatewayResponse } from './gateway-responses.ts';
import type { PendingReplies } from './pending-replies.ts';

/**
 * Time limit for the rest of the connection. A function responds within 29 s; a client that hasn't read its response by then
 * never will.
 */
const MAX_WAIT_MS = 30_000;

interface UnsolicitedResponse {
  readonly requestId: string;
  readonly rendered: RenderedGatewayResponse;
}

/**
 * Connections on which something came that isn't HTTP. Each is refused only once: Node's parser reports every further piece as
 * another error, and each error holds the bytes that it is about.
 */
export class BrokenConnections {
  readonly #known = new WeakSet<Socket>();
  readonly #replies: PendingReplies;
  readonly #clock: Clock;

  constructor(replies: PendingReplies, clock: Clock) {
    this.#replies = replies;
    this.#clock = clock;
  }

  /** Whether it has already been refused. Further parser errors are then ignored. */
  has(socket: Socket): boolean {
    return this.#known.has(socket);
  }

  /**
   * Ends a connection after the responses to its earlier requests. This response belongs to no request, so it is written by hand.
   */
  async refuse(socket: Socket, response: UnsolicitedResponse): Promise<void> {
    this.#known.add(socket);
    const text = serialize(response);
    socket.pause();
    const timer = this.#clock.setTimer(MAX_WAIT_MS, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    await this.#replies.waitForReplies(socket);
    socket.end(text);
    // Discards whatever still arrives. Closing a socket with unread bytes resets it, and the response would be lost.
    socket.resume();
  }
}

function serialize({ requestId, rendered: { status, headers, body } }: UnsolicitedResponse): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `x-amzn-RequestId: ${requestId}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
