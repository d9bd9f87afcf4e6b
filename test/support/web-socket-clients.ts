import { systemClock } from '../../local/clock.ts';
import { serveWebSockets, TestClient } from '../../local/testing/web-sockets.ts';
import { WebSocketGateway } from '../../local/websocket/gateway.ts';
import type { TestServices } from './services.ts';

export { TestClient };

/** What is behind the routes of a WebSocket API: a function, or a part of one. */
export type Routes = (event: unknown) => Promise<object>;

/** A WebSocket API in front of `routes`. The endpoint of the services reaches the clients that it lets in. */
export class WebSocketApiUnderTest {
  /** `ws://…/live`, to which clients connect. */
  readonly url: string;
  /** Address of the API with which functions send to clients. */
  readonly endpoint: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, endpoint: string, close: () => Promise<void>) {
    this.url = url;
    this.endpoint = endpoint;
    this.#close = close;
  }

  static async start({ simulators, endpointUrl }: TestServices, routes: Routes): Promise<WebSocketApiUnderTest> {
    const keys = ['$connect', '$disconnect', '$default'] as const;
    const { port, close } = await serveWebSockets(
      new WebSocketGateway({
        runner: {
          invoke: async (_, payload) => ({ ok: true, payload: JSON.stringify(await routes(JSON.parse(payload))) }),
        },
        clock: systemClock,
        spec: { apiId: 'api1', stageName: 'live', routes: new Map(keys.map((key) => [key, 'the-function'])) },
        connections: simulators.webSocketConnections,
      }),
    );
    return new WebSocketApiUnderTest(`ws://127.0.0.1:${port}/live`, `${endpointUrl}/live`, close);
  }

  connect(query: string, headers: Readonly<Record<string, string>> = {}): Promise<TestClient> {
    return TestClient.connect(`${this.url}${query}`, [], { headers });
  }

  close(): Promise<void> {
    return this.#close();
  }
}
