import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { StopTime, stopMs } from './stop-time.ts';

const never = new Promise<never>(() => {});

/** How long it waits for each part, one after another. */
async function waited(time: StopTime, ...parts: [ending: Promise<unknown>, maxMs: number][]): Promise<number[]> {
  const tookMs: number[] = [];
  for (const [ending, maxMs] of parts) {
    const begunMs = performance.now();
    await time.wait(ending, maxMs);
    tookMs.push(performance.now() - begunMs);
  }
  return tookMs;
}

it('parts of a stop that do not end get at most their own time, and all together the total', async () => {
  const [first = 0, second = 0, third = 0] = await waited(new StopTime(600), [never, 400], [never, 400], [never, 400]);
  expect(first).toBeGreaterThan(390);
  expect(second).toBeGreaterThan(100);
  expect(first + second + third).toBeGreaterThan(590);
  expect(first + second + third).toBeLessThan(900);
});

it('time that a part does not use is left to the next', async () => {
  const [first = 0, second = 0] = await waited(new StopTime(10_000), [Promise.resolve(), 10_000], [sleep(300), 10_000]);
  expect(first).toBeLessThan(200);
  // The second part has been running since before the first one was waited for.
  expect(first + second).toBeGreaterThan(290);
});

it('a part that fails makes the stop fail', async () => {
  await expect(new StopTime(1_000).wait(Promise.reject(new Error('not so')), 1_000)).rejects.toThrow('not so');
});

it('the process has a second left to close its database if each part of its stop takes all its time', () => {
  expect(stopMs.process - stopMs.inFlight - stopMs.invocations).toBeGreaterThanOrEqual(1_000);
});
