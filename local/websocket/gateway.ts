import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import type { Upgrades } from '../gateway/http-server.ts';
import { hostName } from '../gateway/proxy-event.ts';
import type { ProxyResponse } from '../gateway/proxy-response.ts';
import { parseQueryString } from '../gateway/query-string.ts';
import { eventHeaders, newTraceId } from '../gateway/request-headers.ts';
import type { FunctionInvoker } from '../gateway/rest-api.ts';
import { type Client, newGatewayId } from './client.ts';
import { Connection } from './connection.ts';
import type { WebSocketConnections } from './connections.ts';
import { type Closing, connectEvent, disconnectEvent, messageEvent, type RouteEvent } from './events.ts';
import { handshakeProblem, isWebSocketRequest, refuseHandshake } from './handshake.ts';
import { RouteFailure, RouteIntegrations } from './route-integrations.ts';
import { limit, type WebSocketApiSpec } from './websocket-api.ts';

export interface WebSocketGatewayOptions {
  readonly runner: FunctionInvoker;
  readonly clock: Clock;
  readonly spec: WebSocketApiSpec;
  /** Where functions find the admitted clients. */
  readonly connections: WebSocketConnections;
  /** Takes what API Gateway would write to its execution log when an integration fails. Standard error by default. */
  readonly log?: (line: string) => void;
}

/** An API Gateway WebSocket API whose routes are all Lambda proxy integrations without a route response. */
export class WebSocketGateway implements Upgrades {
  readonly #spec: WebSocketApiSpec;
  readonly #clock: Clock;
  readonly #integrations: RouteIntegrations;
  readonly #connections: Map<string, Connection>;
  readonly #protocol = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limit.messageBytes,
    handleProtocols: (_offered, message) => this.#subprotocols.get(message) ?? false,
  });
  /** The subprotocols chosen by the function behind `$connect`. */
  readonly #subprotocols = new WeakMap<IncomingMessage, string>();
  readonly #handshakes = new Set<Socket>();
  readonly #disconnecting = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: WebSocketGatewayOptions) {
    const { runner, clock, spec, connections } = options;
    const log = options.log ?? ((line) => process.stderr.write(`hawser: ${line}\n`));
    this.#spec = spec;
    this.#clock = clock;
    this.#integrations = new RouteIntegrations({ runner, clock, spec, log });
    this.#connections = connections.serve(spec.stageName);
  }

  wants(message: IncomingMessage): boolean {
    return isWebSocketRequest(message);
  }

  upgrade(message: IncomingMessage, socket: Socket, head: Buffer): void {
    // If a client goes away during its handshake, the next write to it reports an error.
    socket.on('error', () => socket.destroy());
    if (this.#isClosed) return void socket.destroy();
    this.#handshakes.add(socket);
    void this.#handshake(message, socket, head).finally(() => this.#handshakes.delete(socket));
  }

  /**
   * Admits no more clients and ends the connections with 1001. Resolves when the function behind `$disconnect` has run for all of
   * them.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#handshakes) socket.destroy();
    const closed = [...this.#connections.values()].map((connection) => {
      connection.close(1001, 'Going away');
      return connection.closed;
    });
    await Promise.all(closed);
    await Promise.all(this.#disconnecting);
  }

  async #handshake(message: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const client = clientOf(message, this.#clock.nowMs());
    const event = this.#event(client, '$connect');
    const ids = { connectionId: client.connectionId, requestId: event.requestId };
    const problem = handshakeProblem(message, this.#spec.stageName);
    if (problem) return refuseHandshake(socket, problem, ids);
    try {
      const response = await this.#connect(event, message);
      if (response && (response.status < 200 || response.status > 299)) {
        return refuseHandshake(socket, { status: response.status, message: STATUS_CODES[response.status] ?? '' }, ids);
      }
      const subprotocol = response && headerOf(response, 'sec-websocket-protocol');
      if (subprotocol !== undefined) this.#subprotocols.set(message, subprotocol);
    } catch (error) {
      if (!(error instanceof RouteFailure)) throw error;
      return refuseHandshake(socket, error, ids);
    }
    let isOpen = false;
    this.#protocol.handleUpgrade(message, socket, head, (webSocket) => {
      isOpen = true;
      this.#open(client, webSocket, socket);
    });
    // The function has admitted the client. If the client was gone by then, its connection has ended like any other.
    if (!isOpen) this.#disconnected(client, { code: 1006, reason: '' });
  }

  /** Invokes the function behind `$connect`, if there is one. */
  async #connect(event: RouteEvent, message: IncomingMessage): Promise<ProxyResponse | undefined> {
    if (!this.#integrations.has('$connect')) return undefined;
    const headers = eventHeaders(message.rawHeaders, {
      remoteAddress: event.client.sourceIp,
      localPort: message.socket.localPort ?? 0,
      protocol: 'http',
      newTraceId: () => newTraceId(event.timeMs),
    });
    const { url = '/' } = message;
    const queryStart = url.indexOf('?');
    const query = queryStart === -1 ? undefined : parseQueryString(url.slice(queryStart + 1));
    return this.#integrations.invoke('$connect', connectEvent(event, headers, query));
  }

  #open(client: Client, webSocket: WebSocket, socket: Socket): void {
    const connection: Connection = new Connection({
      client,
      webSocket,
      socket,
      clock: this.#clock,
      onMessage: (text) => this.#message(connection, text),
      onClosed: (closing) => {
        this.#connections.delete(client.connectionId);
        this.#disconnected(client, closing);
      },
    });
    this.#connections.set(client.connectionId, connection);
  }

  async #message(connection: Connection, text: string): Promise<void> {
    const { client } = connection;
    const requestId = newGatewayId();
    try {
      const event = this.#event(client, this.#integrations.select(text), requestId);
      await this.#integrations.invoke(event.routeKey, messageEvent(event, text));
    } catch (error) {
      if (!(error instanceof RouteFailure)) throw error;
      const frame = { message: error.message, connectionId: client.connectionId, requestId };
      // Cuts off a client that keeps sending but never reads.
      if (connection.isOpen && !connection.post(Buffer.from(JSON.stringify(frame)))) connection.terminate();
    }
  }

  /** Happens at most once, as on AWS, and not at all if the process is killed. */
  #disconnected(client: Client, closing: Closing): void {
    if (!this.#integrations.has('$disconnect')) return;
    const event = disconnectEvent(this.#event(client, '$disconnect'), closing);
    const invocation = this.#integrations
      .invoke('$disconnect', event)
      .then(() => {})
      .catch(ignoreRouteFailure)
      .finally(() => this.#disconnecting.delete(invocation));
    this.#disconnecting.add(invocation);
  }

  #event(client: Client, routeKey: string, requestId = newGatewayId()): RouteEvent {
    return { spec: this.#spec, client, routeKey, requestId, timeMs: this.#clock.nowMs() };
  }
}

function clientOf({ headers, socket }: IncomingMessage, connectedMs: number): Client {
  return {
    connectionId: newGatewayId(),
    connectedMs,
    sourceIp: socket.remoteAddress ?? '',
    userAgent: headers['user-agent'],
    domainName: hostName(headers.host),
  };
}

function headerOf({ headers }: ProxyResponse, lowerName: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === lowerName);
  return at === -1 ? undefined : headers[at + 1];
}

/** The client is gone and the failure is in the log, so there is nothing left to do. */
function ignoreRouteFailure(error: unknown): void {
  if (!(error instanceof RouteFailure)) throw error;
}
