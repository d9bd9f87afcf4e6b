import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { RenderedGatewayResponse } from './gateway-responses.ts';
import type { RepliesUnderWay } from './replies-under-way.ts';

/** For the rest of the connection. A function answers within 29 s; a client that hasn't taken its answer by then never will. */
const MAX_WAIT_MS = 30_000;

interface UnaskedResponse {
  readonly requestId: string;
  readonly rendered: RenderedGatewayResponse;
}

/**
 * Connections on which something came that isn't HTTP. Each is refused only once: Node's parser reports every further piece as
 * another error, and each error holds the bytes that it is about.
 */
export class BrokenConnections {
  readonly #known = new WeakSet<Socket>();
  readonly #replies: RepliesUnderWay;
  readonly #clock: Clock;

  constructor(replies: RepliesUnderWay, clock: Clock) {
    this.#replies = replies;
    this.#clock = clock;
  }

  /** Whether its refusal is already on the way. Further errors of the parser are then ignored. */
  has(socket: Socket): boolean {
    return this.#known.has(socket);
  }

  /** Ends a connection after the answers to its earlier requests. This answer belongs to no request, so it is written by hand. */
  async refuse(socket: Socket, answer: UnaskedResponse): Promise<void> {
    this.#known.add(socket);
    const text = written(answer);
    socket.pause();
    const timer = this.#clock.setTimer(MAX_WAIT_MS, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    await this.#replies.ended(socket);
    socket.end(text);
    // Whatever still comes is thrown away. Closing a socket with unread bytes resets it, and the answer would be lost with it.
    socket.resume();
  }
}

function written({ requestId, rendered: { status, headers, body } }: UnaskedResponse): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `x-amzn-RequestId: ${requestId}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
