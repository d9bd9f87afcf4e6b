import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ManualClock } from '../../local/clock.ts';
import type { LocalStack } from '../../local/stack.ts';
import { freePort, startTestStack, temporaryFolder } from '../../local/testing/start-stack.ts';

const folder = temporaryFolder('far-retry');
// The functions read the machine's time, so the stack's own clock starts there.
const clock = new ManualClock(Date.now());
let stack: LocalStack;

beforeAll(async () => {
  stack = await startTestStack({ dataDir: folder.path, clock, rootKey: 'root' });
});
afterAll(async () => {
  await stack.close();
  folder.remove();
});

async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await fetch(new URL(path, stack.apiUrl), {
    method: 'POST',
    headers: { authorization: 'Bearer root' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

it('a retry that is due in a day is delivered within moments by the local clock', async () => {
  const attempts: string[] = [];
  const port = await freePort();
  const receiver = createServer((request, response) => {
    attempts.push(String(request.headers['x-hawser-attempt-count']));
    response.writeHead(attempts.length === 1 ? 503 : 200).end();
  }).listen(port, '127.0.0.1');
  await once(receiver, 'listening');

  const source = await post<{ id: string; ingest_url: string }>('/v1/sources', { name: 'far' });
  const url = `http://127.0.0.1:${port}/hook`;
  await post(`/v1/sources/${source.id}/destinations`, { url, retry_intervals: [86_400] });
  await post(source.ingest_url, { hello: 'world' });
  await until(() => attempts.length === 1);
  await pass(21 * hourMs);
  expect(attempts).toEqual(['1']);
  // The jitter is a tenth either way.
  await pass(6 * hourMs);
  await until(() => attempts.length === 2);
  expect(attempts).toEqual(['1', '2']);
  receiver.close();
  receiver.closeAllConnections();
});

const hourMs = 3_600_000;

/** Advances from timer to timer and waits for the functions each time: they run in real time, and would time out. */
async function pass(byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  while (clock.nowMs() < untilMs) {
    await stack.runner.whenIdle();
    const nextMs = Math.min(clock.nextDueMs() ?? untilMs, untilMs);
    await clock.advance(Math.max(0, nextMs - clock.nowMs()));
  }
}

/** The functions take real time while the clock stands still. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await clock.advance(0);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
