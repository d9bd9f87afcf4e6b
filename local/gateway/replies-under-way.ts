import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * How many requests a client may send before it has the answers to its earlier ones. Hardly any client sends more than one.
 * Without a limit, 64 KiB of short requests would make a thousand answers, which all stay in memory until somebody reads them.
 */
export const MAX_UNDER_WAY = 100;

/**
 * The answers that connections are waiting for. On each connection they are sent in the order of the requests, even if the last
 * one is followed by something that isn't a request: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export class RepliesUnderWay {
  readonly #byConnection = new Map<Socket, Map<IncomingMessage, ServerResponse>>();
  #onEnd: () => void = () => {};

  /** @returns how many answers its connection is waiting for, including this one */
  add(message: IncomingMessage, reply: ServerResponse): number {
    const replies = this.#of(message.socket);
    replies.set(message, reply);
    reply.once('close', () => {
      replies.delete(message);
      this.#onEnd();
    });
    return replies.size;
  }

  /** Calls `onEnd` whenever an answer has been sent or its connection is gone. */
  whenOneEnds(onEnd: () => void): void {
    this.#onEnd = onEnd;
  }

  /** Whether some answer is complete but has bytes that its client's socket hasn't taken yet. */
  hasUnsent(): boolean {
    return [...this.#byConnection.values()].some((replies) =>
      [...replies.values()].some((reply) => reply.writableEnded && !reply.writableFinished),
    );
  }

  /** Whether its connection waits for no later answer. */
  isLast(reply: ServerResponse): boolean {
    const replies = this.#byConnection.get(reply.req.socket)?.values() ?? [];
    return [...replies].at(-1) === reply;
  }

  /** Resolves when the answers to all complete requests have been sent. The broken request itself has no answer yet. */
  async ended(connection: Socket): Promise<void> {
    const replies = [...(this.#byConnection.get(connection) ?? [])].filter(([message]) => message.complete);
    await Promise.all(replies.map(([, reply]) => new Promise((resolve) => reply.once('close', resolve))));
  }

  #of(connection: Socket): Map<IncomingMessage, ServerResponse> {
    const known = this.#byConnection.get(connection);
    if (known) return known;
    const replies = new Map<IncomingMessage, ServerResponse>();
    this.#byConnection.set(connection, replies);
    // When a connection is lost, Node 20 only closes the first of the answers that it was waiting for.
    connection.once('close', () => {
      this.#byConnection.delete(connection);
      this.#onEnd();
    });
    return replies;
  }
}
