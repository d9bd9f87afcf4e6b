import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Clock } from '../clock.ts';
import type { RepliesUnderWay } from './replies-under-way.ts';

export interface StopOptions {
  readonly replies: RepliesUnderWay;
  readonly clock: Clock;
  readonly graceMs: number;
}

/** Takes no connections any more, and resolves when all are closed: each with its last answer, or after `graceMs`. */
export async function stopServer(server: Server, { replies, clock, graceMs }: StopOptions): Promise<void> {
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
  await closed;
  timer.cancel();
  // By this, http's server gives up its own timer, which looks for overdue requests; there is no connection to end.
  server.close();
}
