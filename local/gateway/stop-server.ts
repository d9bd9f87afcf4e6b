import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { PendingReplies } from './pending-replies.ts';

export interface StopOptions {
  readonly replies: PendingReplies;
  readonly connections: ReadonlySet<Socket>;
  readonly clock: Clock;
  readonly graceMs: number;
}

/** The connections that a server has at any moment. Node knows them but offers no way to ask. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

/**
 * Ends connections on which nothing was ever sent, such as one that a browser opened in advance or a health check. To Node a
 * connection is not idle before its first request.
 */
async function endSilent(connections: ReadonlySet<Socket>): Promise<void> {
  // By the second turn, whatever came before the stop has been read.
  await nextTurn();
  await nextTurn();
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
}

/** Stops accepting connections, and resolves when all are closed: each after its last response, or all after `graceMs`. */
export async function stopServer(server: Server, { replies, connections, clock, graceMs }: StopOptions): Promise<void> {
  // Not the `close` of http's server: it ends seemingly idle connections at once, even if a response still has unsent bytes.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const endIdle = () => {
    // Node ends either all idle connections or none, and it considers one idle as soon as its response has ended, sent or not. So
    // while any response has unsent bytes, no connection is ended.
    if (!replies.hasUnsentBytes()) server.closeIdleConnections();
  };
  // A response begun before the stop didn't say `Connection: close`, so this side must end its connection. It does so in a later
  // turn, after whatever follows on that connection: the next response, or a refusal.
  replies.onReplyEnd(() => setImmediate(endIdle));
  endIdle();
  const timer = clock.setTimer(graceMs, () => server.closeAllConnections());
  await endSilent(connections);
  await closed;
  timer.cancel();
  // This also stops the timer with which http's server looks for overdue requests. No connections are left to end.
  server.close();
}
