import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the receiver got it. */
export interface ReceivedWebhook {
  readonly method: string;
  readonly url: string;
  /** By lower-case name; repeated headers are joined by Node's rules. */
  readonly headers: IncomingMessage['headers'];
  /** Names and values alternating, as they came over the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly receivedAtMs: number;
}

/** What the receiver does with a request: answers it, or leaves the sender waiting. */
export type Behaviour = (webhook: ReceivedWebhook, response: ServerResponse) => void;

export const answer =
  (statusCode: number, body = '', headers: Record<string, string> = {}): Behaviour =>
  (_, response) => {
    response.writeHead(statusCode, headers).end(body);
  };

/** Never answers. */
export const hang: Behaviour = () => undefined;

/** A webhook receiver on a loopback port: a real HTTP server that remembers what it got. */
export class Receiver {
  readonly received: ReceivedWebhook[] = [];
  behave: Behaviour = answer(200, 'ok');
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();

  readonly url: string;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  }

  static async start(port = 0): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => receiver.#take(request, Buffer.concat(chunks), response));
    });
    return receiver;
  }

  /** Resolves when `done` holds. Rejects after `timeoutMs` with what has come so far. */
  async until(done: (received: readonly ReceivedWebhook[]) => boolean, timeoutMs = 15_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!done(this.received)) {
      const remainingMs = deadline - Date.now();
      if (remainingMs <= 0)
        throw new Error(`the receiver has got ${this.received.length} requests, and not what was waited for`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, remainingMs);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const webhook: ReceivedWebhook = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
      receivedAtMs: Date.now(),
    };
    this.received.push(webhook);
    this.behave(webhook, response);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
