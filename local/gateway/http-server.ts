import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { ParserError } from './refusal.ts';

/** Node refuses larger headers before the gateway sees them; above the gateway's own limit, so that this one answers. */
const MAX_PARSED_HEADER_BYTES = 64 * 1024;

/** Without a byte either way for so long, a connection ends: a function takes 29 s at most, so its client takes no answers. */
const SILENCE_MS = 90_000;

/** Another protocol that connections may be upgraded to. */
export interface Upgrades {
  /** Whether a request asks for it. One that doesn't is answered as if it asked for nothing: `curl --http2` offers `h2c` to all. */
  wants(message: IncomingMessage): boolean;
  /** Takes the connection over. */
  upgrade(message: IncomingMessage, socket: Socket, head: Buffer): void;
}

interface Handlers {
  /** What takes the connections of clients that ask for another protocol on the same port. */
  readonly upgrades: Upgrades | undefined;
  /** Whether a client that asks before it sends its body may send it. */
  maySend(message: IncomingMessage): boolean;
  /** @param unsent whether the client still waits for `100 Continue`, and won't send its body */
  serve(message: IncomingMessage, reply: ServerResponse, unsent: boolean): Promise<void>;
  /** What Node's parser refuses. */
  refuseUnparsed(error: ParserError, socket: Socket): void;
}

/** Node's server with nothing answered by itself: each request, and what is none, comes to one of the handlers. */
export function newHttpServer({ upgrades, maySend, serve, refuseUnparsed }: Handlers): Server {
  const server = createServer({
    maxHeaderSize: MAX_PARSED_HEADER_BYTES,
    keepAliveTimeout: 60_000,
    // Node would answer by itself, without a body.
    requireHostHeader: false,
    shouldUpgradeCallback: (message) => upgrades?.wants(message) ?? false,
  });
  server.on('upgrade', (message, socket, head) => {
    if (socket instanceof Socket) upgrades?.upgrade(message, socket, head);
  });
  server.on('request', (message, reply) => void serve(message, reply, false));
  server.on('checkContinue', (message, reply) => {
    // A client that asks first is refused before it sends a byte.
    const goesOn = maySend(message);
    if (goesOn) reply.writeContinue();
    void serve(message, reply, !goesOn);
  });
  server.on('checkExpectation', (message, reply) => void serve(message, reply, true));
  server.on('clientError', refuseUnparsed);
  server.timeout = SILENCE_MS;
  return server;
}
