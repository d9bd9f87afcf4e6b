import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ByteBudget } from '../byte-budget.ts';
import { ManualClock } from '../clock.ts';
import { drain, readBody } from './request-body.ts';

const CHUNK_BYTES = 64 * 1024;

/** A request whose body has already arrived, in this many chunks. */
function arrived(chunks: number): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  for (let count = 0; count < chunks; count++) message.push(Buffer.alloc(CHUNK_BYTES));
  message.push(null);
  return message;
}

const read = (message: IncomingMessage) =>
  readBody(message, { clock: new ManualClock(), budget: new ByteBudget(16 * 1024 * 1024) });

/** How many turns of the event loop others get until it is done. */
async function turnsUntil(done: Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false];
  void done.then(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  return turns;
}

test('reading a large body lets other work run after each chunk, even if all of it has arrived', async () => {
  expect(await turnsUntil(read(arrived(40)))).toBeGreaterThan(36);
});

test('discarding the body of a refused client lets other work run after each chunk', async () => {
  expect(await turnsUntil(drain(arrived(40)))).toBeGreaterThan(36);
});

test('a small body is read without waiting', async () => {
  expect(await turnsUntil(read(arrived(2)))).toBeLessThan(4);
});
