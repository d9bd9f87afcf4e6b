import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Api } from '../api.ts';
import { Output } from '../output.ts';
import type { EventFrame } from './frame.ts';
import { Listener, type ListenerOptions } from './listener.ts';
import { Report } from './report.ts';

/** Hawser as a listener sees it: the other end of a connection. */
export class FakeHawser {
  /** The messages it got, each with the number of its connection, counted from 0. */
  readonly said: { readonly over: number; readonly message: Record<string, unknown> }[] = [];
  /** In the order in which the connections were made. */
  readonly sockets: WebSocket[] = [];
  readonly #server: WebSocketServer;
  #changed: () => void = () => {};

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      const over = this.sockets.push(socket) - 1;
      socket.on('message', (data) => {
        const message = JSON.parse(String(data));
        this.said.push({ over, message });
        if (message.action === 'ping') socket.send('{"type":"pong"}');
        this.#changed();
      });
      this.#changed();
    });
  }

  static async start(): Promise<FakeHawser> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new FakeHawser(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends over the newest connection. */
  send(eventId: string): void {
    this.sockets.at(-1)?.send(JSON.stringify(frameOf(eventId)));
  }

  /** The results that it got. */
  results(): { readonly over: number; readonly eventId: unknown; readonly status: unknown }[] {
    return this.said
      .filter(({ message }) => message.action === 'result')
      .map(({ over, message }) => ({ over, eventId: `evt_${message.delivery_id}`, status: message.status_code }));
  }

  /** Waits for as long as the test may take. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((wake) => {
        this.#changed = wake;
      });
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const LONGER_THAN_A_TEST_MS = 3_600_000;

/** A listener of that Hawser, and what it has printed: one document per line. */
export function listenerOf(
  hawser: FakeHawser,
  to: string,
  {
    pingMs = 30_000,
    graceMs = LONGER_THAN_A_TEST_MS,
    awaitsAnswers = true,
    session = {} as Partial<ListenerOptions['session']>,
  } = {},
) {
  const printed: Record<string, unknown>[] = [];
  const out = new Output(true, { write: (line: string) => printed.push(JSON.parse(line)) });
  const listener = new Listener({
    api: new Api({ url: hawser.url, apiKey: '', organization: undefined }),
    session: { destinationId: 'dst_1', ticket: async () => hawser.url, isEnabled: async () => true, ...session },
    to: new URL(to),
    report: new Report(out, new Map(), false),
    timeoutMs: 30_000,
    pingMs,
    graceMs,
    awaitsAnswers,
  });
  return { listener, printed };
}

export function frameOf(eventId: string): EventFrame {
  return {
    type: 'event',
    event_id: eventId,
    delivery_id: eventId.replace('evt_', ''),
    source_id: 'src_1',
    attempt: 1,
    method: 'POST',
    path: '',
    query: '',
    headers: {},
    body: '{}',
    body_encoding: 'utf8',
    body_url: null,
  };
}
