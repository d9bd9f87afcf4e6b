import { type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * A peer that has closed a connection answers anything sent on it with a reset, which arrives after one round trip: a third of a
 * second around the world. A peer that breaks off the connection later may have processed the request, which must then not be sent
 * again within the attempt: only a request that was never applied may be. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
 * (RFC 7230 §6.3.1)
 */
const MAX_STALE_MS = 500;

/**
 * Watches a request that is being sent. The returned function says whether it failed because the peer had closed the kept-alive
 * connection before. This happens often to a function that was frozen between two invocations, and is not a failed attempt.
 */
export function staleness(request: ClientRequest): (error: NodeJS.ErrnoException) => boolean {
  const sentMs = performance.now();
  let hasResponse = false;
  // The first byte, even of a response that breaks off, shows that somebody has read the request.
  request.once('socket', (socket) => socket.once('data', () => (hasResponse = true)));
  return ({ code }) =>
    request.reusedSocket &&
    (code === 'ECONNRESET' || code === 'EPIPE') &&
    !hasResponse &&
    performance.now() - sentMs <= MAX_STALE_MS;
}

/** The default of AWS's SDK. */
const MAX_SOCKETS = 50;

const staleErrors = new WeakSet<Error>();

/** Whether a request of one of the agents below found its kept-alive connection closed. AWS's SDK passes the error on as it is. */
export const isStale = (error: unknown): boolean => error instanceof Error && staleErrors.has(error);

/** Agents for a client that shows neither its requests nor which connections these used. They keep connections alive. */
export function watchfulAgents(options: AgentOptions = {}): {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
} {
  const kept = { keepAlive: true, maxSockets: MAX_SOCKETS, ...options };
  return { httpAgent: new WatchfulHttpAgent(kept), httpsAgent: new WatchfulHttpsAgent(kept) };
}

class WatchfulHttpAgent extends HttpAgent {
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    noteStaleness(this, request);
  }
}

class WatchfulHttpsAgent extends HttpsAgent {
  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    noteStaleness(this, request);
  }
}

function noteStaleness(agent: HttpAgent, request: ClientRequest): void {
  const isStaleness = staleness(request);
  request.once('error', (error) => {
    if (!isStaleness(error)) return;
    staleErrors.add(error);
    // The others have been idle for as long, at least since the function was frozen. The second try must get a new connection.
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  });
}
