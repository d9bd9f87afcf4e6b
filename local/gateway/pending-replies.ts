import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * How many requests a client may pipeline on one connection. Hardly any client sends more than one. Without a limit, 64 KiB of
 * short requests would cause a thousand responses, which all stay in memory until they are read.
 */
export const MAX_PENDING_REPLIES = 100;

/**
 * The responses that connections are waiting for. On each connection they are sent in the order of the requests, even if the last
 * request is followed by something that isn't one: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export class PendingReplies {
  readonly #byConnection = new Map<Socket, Map<IncomingMessage, ServerResponse>>();
  #onEnd: () => void = () => {};

  /** @returns how many responses its connection is waiting for, including this one */
  add(message: IncomingMessage, reply: ServerResponse): number {
    const replies = this.#repliesOf(message.socket);
    replies.set(message, reply);
    reply.once('close', () => {
      replies.delete(message);
      this.#onEnd();
    });
    return replies.size;
  }

  /** Calls `onEnd` whenever a response has been sent or its connection is gone. */
  onReplyEnd(onEnd: () => void): void {
    this.#onEnd = onEnd;
  }

  /** Whether some response is complete but has bytes that its client's socket hasn't taken yet. */
  hasUnsentBytes(): boolean {
    return [...this.#byConnection.values()].some((replies) =>
      [...replies.values()].some((reply) => reply.writableEnded && !reply.writableFinished),
    );
  }

  /** Whether its connection is waiting for no later response. */
  isLast(reply: ServerResponse): boolean {
    const replies = this.#byConnection.get(reply.req.socket)?.values() ?? [];
    return [...replies].at(-1) === reply;
  }

  /** Resolves when the responses to all complete requests have been sent. The broken request itself has none yet. */
  async waitForReplies(connection: Socket): Promise<void> {
    const replies = [...(this.#byConnection.get(connection) ?? [])].filter(([message]) => message.complete);
    await Promise.all(replies.map(([, reply]) => new Promise((resolve) => reply.once('close', resolve))));
  }

  #repliesOf(connection: Socket): Map<IncomingMessage, ServerResponse> {
    const known = this.#byConnection.get(connection);
    if (known) return known;
    const replies = new Map<IncomingMessage, ServerResponse>();
    this.#byConnection.set(connection, replies);
    // When a connection is lost, Node 20 only closes the first of its pending responses.
    connection.once('close', () => {
      this.#byConnection.delete(connection);
      this.#onEnd();
    });
    return replies;
  }
}
