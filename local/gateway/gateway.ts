import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { BrokenConnections } from './broken-connections.ts';
import { EventReader } from './event-reader.ts';
import type { GatewayFront } from './gateway-front.ts';
import { GatewayResponses, type RenderedGatewayResponse } from './gateway-responses.ts';
import { newHttpServer, type Upgrades } from './http-server.ts';
import { LambdaIntegration } from './lambda-integration.ts';
import { binaryMatcher } from './media-types.ts';
import { originForm } from './origin-form.ts';
import { MAX_PENDING_REPLIES, PendingReplies } from './pending-replies.ts';
import type { RequestIdentity } from './proxy-event.ts';
import type { ProxyResponse } from './proxy-response.ts';
import { parseQueryString } from './query-string.ts';
import { expectsContinue, headersTooLarge, headProblem, type ParserError, parserRefusal, Refusal } from './refusal.ts';
import { ABORTED, drainInTime } from './request-body.ts';
import { type EventHeaders, eventHeaders, headerBytes, newTraceId } from './request-headers.ts';
import { type FunctionInvoker, limit, type RestApiSpec } from './rest-api.ts';
import { RouteTrie } from './route-trie.ts';
import { send } from './send-response.ts';
import { connectionsOf, stopServer } from './stop-server.ts';
import { TokenBucket } from './token-bucket.ts';

export interface RestApiGatewayOptions {
  readonly runner: FunctionInvoker;
  readonly clock: Clock;
  readonly spec: RestApiSpec;
  /** Takes over the connections of clients that ask for another protocol on the same port. */
  readonly upgrades?: Upgrades;
  /** Takes what API Gateway would write to its execution log when an integration fails. Standard error by default. */
  readonly log?: (line: string) => void;
  readonly front?: GatewayFront;
  /** Limit for all bodies that are being read, in bytes. A body that doesn't fit gets 429. Default 256 MiB. */
  readonly unfinishedBytes?: number;
}

/**
 * An API Gateway REST API whose methods are all Lambda proxy integrations, served as under a custom domain (no stage in
 * the path).
 */
export class RestApiGateway {
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #front: GatewayFront | undefined;
  readonly #routes: RouteTrie;
  readonly #responses: GatewayResponses;
  readonly #isBinary: (header: string | undefined) => boolean;
  readonly #buckets: readonly TokenBucket[];
  readonly #upgrades: Upgrades | undefined;
  readonly #events: EventReader;
  readonly #integration: LambdaIntegration;
  readonly #replies = new PendingReplies();
  readonly #broken: BrokenConnections;
  #server: Server | undefined;
  #connections: ReadonlySet<Socket> = new Set();

  /** @throws Error if the specification asks for something that this gateway doesn't have. */
  constructor(options: RestApiGatewayOptions) {
    const { runner, clock, spec } = options;
    this.#clock = clock;
    this.#log = options.log ?? ((line) => process.stderr.write(`hawser: ${line}\n`));
    this.#front = options.front;
    this.#routes = new RouteTrie(spec.routes);
    this.#responses = new GatewayResponses(spec.gatewayResponses);
    this.#isBinary = binaryMatcher(spec.binaryMediaTypes);
    this.#upgrades = options.upgrades;
    this.#events = new EventReader(options);
    this.#integration = new LambdaIntegration({ runner, clock, log: this.#log });
    this.#broken = new BrokenConnections(this.#replies, clock);
    const { throttle } = spec;
    this.#buckets = throttle ? spec.routes.map(() => new TokenBucket(clock, throttle)) : [];
  }

  /** Serves the API. Port 0 takes a free port, found in the server's address. */
  listen(port: number, host = '127.0.0.1'): Promise<Server> {
    const server = newHttpServer({
      upgrades: this.#upgrades,
      maySend: (message) => expectsContinue(message) && this.#events.hasRoomFor(message),
      serve: (message, reply, unsent) => this.#serve(message, reply, unsent),
      refuseUnparsed: (error, socket) => this.#refuseUnparsed(error, socket),
    });
    this.#server = server;
    this.#connections = connectionsOf(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve(server));
    });
  }

  /** Stops accepting connections. Resolves when pending requests have their responses; after `graceMs` they are cut off. */
  async close(graceMs = 5_000): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    await stopServer(server, {
      replies: this.#replies,
      connections: this.#connections,
      clock: this.#clock,
      graceMs,
    });
  }

  /** @param unsent whether the client still waits for `100 Continue` and so hasn't sent its body */
  async #serve(message: IncomingMessage, reply: ServerResponse, unsent: boolean): Promise<void> {
    if (this.#replies.add(message, reply) > MAX_PENDING_REPLIES) {
      message.socket.destroy();
      return;
    }
    const problem = headProblem(message);
    const url = originForm(message.url ?? '/');
    const beforeHead = () => this.#discardBody(message, reply, unsent && 'at once');
    if (!problem && this.#front?.(message, reply, { url, beforeHead })) return;
    const identity: RequestIdentity = {
      requestId: randomUUID(),
      extendedRequestId: `${randomUUID().slice(-12)}=`,
      timeMs: this.#clock.nowMs(),
      sourceIp: message.socket.remoteAddress ?? '',
    };
    const headers = eventHeaders(message.rawHeaders, {
      remoteAddress: identity.sourceIp,
      localPort: message.socket.localPort ?? 0,
      protocol: 'http',
      newTraceId: () => newTraceId(identity.timeMs),
    });
    try {
      if (problem) throw problem;
      const response = await this.#respond(message, identity, headers, callerOf(reply));
      if (response === ABORTED) return;
      this.#endIfClosing(reply);
      send(message, reply, identity, response, { traceId: headers.traceId });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : this.#reportUnexpected(error);
      const response = this.#render(refusal, identity);
      const until = this.#discardBody(message, reply, unsent ? 'at once' : refusal.closes);
      send(message, reply, identity, response, { until });
    }
  }

  /**
   * Must be called before responding to a request whose body won't be read to its end.
   * @param closes whether the connection takes no further request, for example because this body will not be sent
   * @returns what to wait for before ending the response
   */
  #discardBody(
    message: IncomingMessage,
    reply: ServerResponse,
    closes: Refusal['closes'] | false,
  ): Promise<void> | undefined {
    if (closes) reply.shouldKeepAlive = false;
    else this.#endIfClosing(reply);
    if (closes === 'at once') return undefined;
    const drained = drainInTime(message, this.#clock);
    // Node closes a connection that isn't kept alive when its response ends. Many clients ask for that (`Connection: close`) and
    // still send their body.
    return reply.shouldKeepAlive ? undefined : drained;
  }

  /**
   * Tells a client that wants to keep its connection open that the gateway is closing. Otherwise it would keep sending for as
   * long as the gateway drains. Only the last response on a connection says so, because no other can follow it.
   */
  #endIfClosing(reply: ServerResponse): void {
    if (this.#server === undefined && this.#replies.isLast(reply)) reply.shouldKeepAlive = false;
  }

  async #respond(
    message: IncomingMessage,
    identity: RequestIdentity,
    headers: EventHeaders,
    caller: AbortController,
  ): Promise<ProxyResponse | typeof ABORTED> {
    const method = message.method ?? 'GET';
    const url = originForm(message.url ?? '/');
    if (headerBytes(method, url, message.rawHeaders) > limit.headerBytes) throw headersTooLarge();
    const queryStart = url.indexOf('?');
    const path = queryStart === -1 ? url : url.slice(0, queryStart);
    const query = queryStart === -1 ? undefined : parseQueryString(url.slice(queryStart + 1));
    const match = this.#routes.match(method, path);
    if (!match) throw new Refusal('MISSING_AUTHENTICATION_TOKEN');
    if (this.#buckets[match.route.index]?.take() === false) throw new Refusal('THROTTLED');

    const { httpVersion } = message;
    const binary = this.#isBinary(headers.contentType);
    const head = { identity, match, method, path, httpVersion, query, headers, binary };
    const event = await this.#events.read(message, head);
    if (event === ABORTED) return ABORTED;
    return this.#integration.respond(match.route, event, { caller, binary: this.#isBinary(headers.accept) });
  }

  #reportUnexpected(error: unknown): Refusal {
    this.#log(`gateway: ${error instanceof Error ? error.stack : String(error)}`);
    return new Refusal('DEFAULT_5XX', undefined, 502);
  }

  #render(refusal: Refusal, identity: { requestId: string; extendedRequestId: string }): RenderedGatewayResponse {
    return this.#responses.render(refusal.type, {
      requestId: identity.requestId,
      extendedRequestId: identity.extendedRequestId,
      ...(refusal.message === '' ? {} : { message: refusal.message }),
      ...(refusal.status === undefined ? {} : { status: refusal.status }),
    });
  }

  /** Responds to what Node's parser refused. */
  #refuseUnparsed(error: ParserError, socket: Socket): void {
    const isGone = error.code === 'ECONNRESET';
    if (!isGone && this.#broken.has(socket)) return;
    if (isGone || !socket.writable) {
      socket.destroy();
      return;
    }
    const identity = { requestId: randomUUID(), extendedRequestId: '' };
    const rendered = this.#render(parserRefusal(error), identity);
    void this.#broken.refuse(socket, { requestId: identity.requestId, rendered });
  }
}

/** Aborted if the client disconnects before it has its response. */
function callerOf(reply: ServerResponse): AbortController {
  const caller = new AbortController();
  reply.once('close', () => {
    if (!reply.writableFinished) caller.abort();
  });
  return caller;
}
