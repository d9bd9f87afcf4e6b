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
import type { RequestIdentity } from './proxy-event.ts';
import type { ProxyResponse } from './proxy-response.ts';
import { parseQueryString } from './query-string.ts';
import { headersTooLarge, headProblem, type ParserError, Refusal, saysContinue, unparsed } from './refusal.ts';
import { MAX_UNDER_WAY, RepliesUnderWay } from './replies-under-way.ts';
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
  /** What takes the connections of clients that ask for another protocol on the same port. */
  readonly upgrades?: Upgrades;
  /** Takes what API Gateway would write to its execution log when an integration fails. Standard error by default. */
  readonly log?: (line: string) => void;
  readonly front?: GatewayFront;
  /** Limit for all bodies that are being read, in bytes. A body that doesn't fit is answered 429. Default 256 MiB. */
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
  readonly #replies = new RepliesUnderWay();
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

  /** Serves the API. Port 0 takes a free port, which the server's address tells. */
  listen(port: number, host = '127.0.0.1'): Promise<Server> {
    const server = newHttpServer({
      upgrades: this.#upgrades,
      maySend: (message) => saysContinue(message) && this.#events.hasRoomFor(message),
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

  /** Stops taking connections. Resolves when the requests under way are answered; after `graceMs` they are cut off. */
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
    if (this.#replies.add(message, reply) > MAX_UNDER_WAY) {
      message.socket.destroy();
      return;
    }
    const problem = headProblem(message);
    const url = originForm(message.url ?? '/');
    const beforeHead = () => this.#leaveBody(message, reply, unsent && 'at once');
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
      const answer = await this.#answer(message, identity, headers, callerOf(reply));
      if (answer === ABORTED) return;
      this.#endIfClosing(reply);
      send(message, reply, identity, answer, { traceId: headers.traceId });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : this.#unexpected(error);
      const answer = this.#render(refusal, identity);
      const until = this.#leaveBody(message, reply, unsent ? 'at once' : refusal.closes);
      send(message, reply, identity, answer, { until });
    }
  }

  /**
   * To be called before answering a request whose body nobody will read to its end.
   * @param closes whether the connection takes no further request, for example because this body will not be sent
   * @returns what to wait for before the answer is ended
   */
  #leaveBody(
    message: IncomingMessage,
    reply: ServerResponse,
    closes: Refusal['closes'] | false,
  ): Promise<void> | undefined {
    if (closes) reply.shouldKeepAlive = false;
    else this.#endIfClosing(reply);
    if (closes === 'at once') return undefined;
    const drained = drainInTime(message, this.#clock);
    // A connection that isn't kept alive is closed by Node when its answer ends. Many clients ask for that (`Connection: close`)
    // and still send their body.
    return reply.shouldKeepAlive ? undefined : drained;
  }

  /**
   * Tells a client that wants to keep its connection open that the gateway is closing. Otherwise it would go on sending for as
   * long as the gateway drains. Only the last answer on a connection says so, because no other answer can follow it.
   */
  #endIfClosing(reply: ServerResponse): void {
    if (this.#server === undefined && this.#replies.isLast(reply)) reply.shouldKeepAlive = false;
  }

  async #answer(
    message: IncomingMessage,
    identity: RequestIdentity,
    headers: EventHeaders,
    caller: AbortController,
  ): Promise<ProxyResponse | typeof ABORTED> {
    const method = message.method ?? 'GET';
    const url = originForm(message.url ?? '/');
    if (headerBytes(method, url, message.rawHeaders) > limit.headerBytes) throw headersTooLarge();
    const question = url.indexOf('?');
    const path = question === -1 ? url : url.slice(0, question);
    const query = question === -1 ? undefined : parseQueryString(url.slice(question + 1));
    const match = this.#routes.match(method, path);
    if (!match) throw new Refusal('MISSING_AUTHENTICATION_TOKEN');
    if (this.#buckets[match.route.index]?.take() === false) throw new Refusal('THROTTLED');

    const { httpVersion } = message;
    const binary = this.#isBinary(headers.contentType);
    const head = { identity, match, method, path, httpVersion, query, headers, binary };
    const event = await this.#events.read(message, head);
    if (event === ABORTED) return ABORTED;
    return this.#integration.answer(match.route, event, { caller, binary: this.#isBinary(headers.accept) });
  }

  #unexpected(error: unknown): Refusal {
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

  /** Answers what Node's parser refused. */
  #refuseUnparsed(error: ParserError, socket: Socket): void {
    const isGone = error.code === 'ECONNRESET';
    if (!isGone && this.#broken.has(socket)) return;
    if (isGone || !socket.writable) {
      socket.destroy();
      return;
    }
    const identity = { requestId: randomUUID(), extendedRequestId: '' };
    const rendered = this.#render(unparsed(error), identity);
    void this.#broken.refuse(socket, { requestId: identity.requestId, rendered });
  }
}

/** Aborted if the client goes away before it has its answer. */
function callerOf(reply: ServerResponse): AbortController {
  const caller = new AbortController();
  reply.once('close', () => {
    if (!reply.writableFinished) caller.abort();
  });
  return caller;
}
