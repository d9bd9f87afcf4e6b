import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { ParserError } from './refusal.ts';

/**
 * Node refuses larger headers before the gateway sees them. This is above the gateway's own limit, so that the gateway can
 * respond.
 */
const MAX_PARSED_HEADER_BYTES = 64 * 1024;

/**
 * A connection on which neither side has sent a byte for this long is ended. A function takes 29 s at most, so a client that is
 * still waiting isn't reading its response.
 */
const SILENCE_MS = 90_000;

/** Another protocol that connections may be upgraded to. */
export interface Upgrades {
  /**
   * Whether a request asks for this protocol. If not, it is served as if it had asked for no upgrade: `curl --http2` offers `h2c`
   * to every server.
   */
  wants(message: IncomingMessage): boolean;
  /** Takes the connection over. */
  upgrade(message: IncomingMessage, socket: Socket, head: Buffer): void;
}

interface Handlers {
  /** Takes over the connections of clients that ask for another protocol on the same port. */
  readonly upgrades: Upgrades | undefined;
  /** Whether a client that sends `Expect: 100-continue` may send its body. */
  maySend(message: IncomingMessage): boolean;
  /** @param unsent whether the client still waits for `100 Continue` and so hasn't sent its body */
  serve(message: IncomingMessage, reply: ServerResponse, unsent: boolean): Promise<void>;
  /** Responds to what Node's parser refuses. */
  refuseUnparsed(error: ParserError, socket: Socket): void;
}

/** Node's server, configured to respond to nothing on its own: every request, valid or not, goes to one of the handlers. */
export function newHttpServer({ upgrades, maySend, serve, refuseUnparsed }: Handlers): Server {
  const server = createServer({
    maxHeaderSize: MAX_PARSED_HEADER_BYTES,
    keepAliveTimeout: 60_000,
    // Node's own response would have no body.
    requireHostHeader: false,
    shouldUpgradeCallback: (message) => upgrades?.wants(message) ?? false,
  });
  server.on('upgrade', (message, socket, head) => {
    if (socket instanceof Socket) upgrades?.upgrade(message, socket, head);
  });
  server.on('request', (message, reply) => void serve(message, reply, false));
  server.on('checkContinue', (message, reply) => {
    // A client that asks first can be refused before it sends a byte.
    const isAccepted = maySend(message);
    if (isAccepted) reply.writeContinue();
    void serve(message, reply, !isAccepted);
  });
  server.on('checkExpectation', (message, reply) => void serve(message, reply, true));
  server.on('clientError', refuseUnparsed);
  server.timeout = SILENCE_MS;
  return server;
}
