import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { WebSocketGateway } from '../websocket/gateway.ts';

/** Serves a gateway on its own port, as the stack does beside its REST API. */
export async function serveWebSockets(gateway: WebSocketGateway): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ shouldUpgradeCallback: (message) => gateway.wants(message) }, (_, reply) => {
    reply.writeHead(404).end('no WebSocket');
  });
  server.on('upgrade', (message, socket, head) => {
    if (socket instanceof Socket) gateway.upgrade(message, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await gateway.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A client of the WebSocket API that keeps the messages it gets, in order. */
export class TestClient {
  readonly webSocket: WebSocket;
  /** Everything that it has received, including messages that came together with the handshake response. */
  readonly received: string[] = [];
  readonly #unread: string[] = [];
  readonly #waiting: ((text: string) => void)[] = [];
  /** How the connection ended. */
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    this.closed = new Promise((resolve) => {
      webSocket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    webSocket.on('message', (data) => {
      this.received.push(String(data));
      const listener = this.#waiting.shift();
      if (listener) listener(String(data));
      else this.#unread.push(String(data));
    });
  }

  /** @throws Error `Unexpected server response: <status>` if it isn't admitted. */
  static async connect(url: string, protocols: string[] = [], options: object = {}): Promise<TestClient> {
    const webSocket = new WebSocket(url, protocols, options);
    const client = new TestClient(webSocket);
    await once(webSocket, 'open');
    // Later errors end in a close, which is what the tests check.
    webSocket.on('error', () => {});
    return client;
  }

  /** The next message, which may already have arrived. */
  next(): Promise<string> {
    const text = this.#unread.shift();
    return text === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(text);
  }

  send(text: string | Uint8Array): void {
    this.webSocket.send(text);
  }
}
