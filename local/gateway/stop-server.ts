import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { RepliesUnderWay } from './replies-under-way.ts';

export interface StopOptions {
  readonly replies: RepliesUnderWay;
  readonly connections: ReadonlySet<Socket>;
  readonly clock: Clock;
  readonly graceMs: number;
}

/** Those that a server has at any moment, which Node knows and doesn't tell. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

/**
 * Ends those on which nothing was ever sent: what a browser opens ahead, or a health check. Node takes none for idle that has not had
 * a request.
 */
async function endSilent(connections: ReadonlySet<Socket>): Promise<void> {
  // In the second turn what came before the stop is read.
  await nextTurn();
  await nextTurn();
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
}

/** Takes no connections any more, and resolves when all are closed: each with its last answer, or after `graceMs`. */
export async function stopServer(server: Server, { replies, connections, clock, graceMs }: StopOptions): Promise<void> {
  // Not the close of http's server: it ends what it takes for idle at once, also where an answer has bytes that are not sent.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const endIdle = () => {
    // Node ends all idle connections or none, and to Node one is idle as soon as its answer has ended. So they end a little later.
    if (!replies.hasUnsent()) server.closeIdleConnections();
  };
  // An answer from before the stop has not told its client that the connection ends: nobody else would end it.
  // In a turn of its own, after what follows an answer on its connection: the next one, or a refusal.
  replies.whenOneEnds(() => setImmediate(endIdle));
  endIdle();
  const timer = clock.setTimer(graceMs, () => server.closeAllConnections());
  await endSilent(connections);
  await closed;
  timer.cancel();
  // By this, http's server gives up its own timer, which looks for overdue requests; there is no connection to end.
  server.close();
}
