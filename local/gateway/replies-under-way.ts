import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests that a client may send before it has the answers to those before. Hardly any sends more than one; without a bound, 64 KiB
 * of short requests make a thousand answers, which all stay in memory for as long as nobody reads them.
 */
export const MAX_UNDER_WAY = 100;

/**
 * The answers that connections wait for. On a connection they come in the order of the requests, also where what follows a
 * request is none: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export class RepliesUnderWay {
  readonly #byConnection = new Map<Socket, Map<IncomingMessage, ServerResponse>>();
  #onEnd: () => void = () => {};

  /** @returns how many its connection waits for, with this one */
  add(message: IncomingMessage, reply: ServerResponse): number {
    const replies = this.#of(message.socket);
    replies.set(message, reply);
    reply.once('close', () => {
      replies.delete(message);
      this.#onEnd();
    });
    return replies.size;
  }

  /** Calls `onEnd` whenever one is given or its connection is gone. */
  whenOneEnds(onEnd: () => void): void {
    this.#onEnd = onEnd;
  }

  /** Whether there is one that is made as a whole, and has bytes that its client's socket has not taken yet. */
  hasUnsent(): boolean {
    return [...this.#byConnection.values()].some((replies) =>
      [...replies.values()].some((reply) => reply.writableEnded && !reply.writableFinished),
    );
  }

  /** Whether its connection waits for none after it. */
  isLast(reply: ServerResponse): boolean {
    const replies = this.#byConnection.get(reply.req.socket)?.values() ?? [];
    return [...replies].at(-1) === reply;
  }

  /** Those to requests that have come as a whole; the one that is broken itself has no answer yet. */
  async ended(connection: Socket): Promise<void> {
    const replies = [...(this.#byConnection.get(connection) ?? [])].filter(([message]) => message.complete);
    await Promise.all(replies.map(([, reply]) => new Promise((resolve) => reply.once('close', resolve))));
  }

  #of(connection: Socket): Map<IncomingMessage, ServerResponse> {
    const known = this.#byConnection.get(connection);
    if (known) return known;
    const replies = new Map<IncomingMessage, ServerResponse>();
    this.#byConnection.set(connection, replies);
    // Of the answers that a lost connection waits for, Node 20 closes only the first.
    connection.once('close', () => {
      this.#byConnection.delete(connection);
      this.#onEnd();
    });
    return replies;
  }
}
