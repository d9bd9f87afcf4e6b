import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { RenderedGatewayResponse } from './gateway-responses.ts';
import type { RepliesUnderWay } from './replies-under-way.ts';

/** For all that is left of the connection. A function answers within 29 s; a client that has not taken that answer by then takes none. */
const MAX_WAIT_MS = 30_000;

interface UnaskedAnswer {
  readonly requestId: string;
  readonly rendered: RenderedGatewayResponse;
}

/**
 * Connections on which something came that is no HTTP, each refused once: Node's parser complains of every further piece, and each
 * complaint holds the bytes that it is about.
 */
export class BrokenConnections {
  readonly #known = new WeakSet<Socket>();
  readonly #replies: RepliesUnderWay;
  readonly #clock: Clock;

  constructor(replies: RepliesUnderWay, clock: Clock) {
    this.#replies = replies;
    this.#clock = clock;
  }

  /** Whether its answer is on the way; what the parser says of it from then on ends nothing. */
  has(socket: Socket): boolean {
    return this.#known.has(socket);
  }

  /** Ends a connection, after the answers to the requests before. There is no request, so this one is written by hand. */
  async refuse(socket: Socket, answer: UnaskedAnswer): Promise<void> {
    this.#known.add(socket);
    const text = written(answer);
    socket.pause();
    const timer = this.#clock.setTimer(MAX_WAIT_MS, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    await this.#replies.ended(socket);
    socket.end(text);
    // What still comes is thrown away: closed with unread bytes, the connection would be reset, and the answer lost with it.
    socket.resume();
  }
}

function written({ requestId, rendered: { status, headers, body } }: UnaskedAnswer): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `x-amzn-RequestId: ${requestId}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
