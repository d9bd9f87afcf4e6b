import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from './clock.ts';
import { Database } from './database.ts';
import { RunningTime } from './running-time.ts';

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

let clock: ManualClock;
let database: Database;
let runningTime: RunningTime;

beforeEach(async () => {
  clock = new ManualClock();
  database = new Database(':memory:');
  start();
  await clock.advance(HOUR_MS);
});
afterEach(async () => {
  await runningTime.stop();
  database.close();
});

function start(): void {
  runningTime = new RunningTime(database, clock);
  runningTime.start();
}

describe('a clock that was ahead for a while', () => {
  const beAhead = async (work: () => Promise<void>) => {
    clock.set(YEAR_MS);
    await work();
    clock.set(-YEAR_MS);
  };
  const expectThingsToAge = async () => {
    const cameMs = clock.nowMs();
    await clock.advance(3 * HOUR_MS);
    // Until the next note, nobody may have noticed.
    expect(runningTime.pausedSince(cameMs)).toBeLessThanOrEqual(5 * MINUTE_MS);
    expect(runningTime.beginOfLast(2 * HOUR_MS)).toBe(clock.nowMs() - 2 * HOUR_MS);
  };

  test('things age again once a clock that was ahead is right', async () => {
    await beAhead(() => clock.advance(15 * MINUTE_MS));
    await expectThingsToAge();
  });

  test('things age after a restart, too, if the clock was ahead before it', async () => {
    await beAhead(() => clock.advance(15 * MINUTE_MS));
    await clock.advance(15 * MINUTE_MS);
    await runningTime.stop();
    start();
    await expectThingsToAge();
  });

  test('things age even if the process ended, more than once, while the clock was ahead', async () => {
    await beAhead(async () => {
      for (let run = 0; run < 2; run++) {
        await clock.advance(15 * MINUTE_MS);
        await runningTime.stop();
        await clock.advance(HOUR_MS);
        start();
      }
      await clock.advance(15 * MINUTE_MS);
      await runningTime.stop();
    });
    start();
    await expectThingsToAge();
    await runningTime.stop();
    start();
    await expectThingsToAge();
  });

  test('things age although a noted stretch begins after its end', async () => {
    await runningTime.stop();
    const insert = database.statement('INSERT INTO running_time (id, began_ms, ended_ms) VALUES (2, ?, ?)');
    await database.write(() => insert.run(clock.nowMs() + YEAR_MS, clock.nowMs()));
    start();
    await expectThingsToAge();
  });

  test('a clock that was ahead leaves earlier pauses as they were', async () => {
    const cameMs = clock.nowMs();
    clock.set(8 * HOUR_MS);
    await clock.advance(HOUR_MS);
    await beAhead(() => clock.advance(15 * MINUTE_MS));
    await clock.advance(HOUR_MS);
    expect(runningTime.pausedSince(cameMs)).toBeGreaterThanOrEqual(8 * HOUR_MS);
    expect(runningTime.pausedSince(cameMs)).toBeLessThan(9 * HOUR_MS);
  });
});

test('a clock that is set back by hours makes no pause', async () => {
  clock.set(-6 * HOUR_MS);
  const cameMs = clock.nowMs();
  expect(runningTime.pausedSince(cameMs)).toBe(0);
  await clock.advance(3 * HOUR_MS);
  expect(runningTime.pausedSince(cameMs)).toBe(0);
});

test('a note that cannot be written is reported once, and again if one was written meanwhile', async () => {
  const reported = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const write = vi.spyOn(database, 'write').mockRejectedValue(new Error('the disk is full'));
  await clock.advance(HOUR_MS);
  expect(reported.mock.calls).toEqual([[expect.stringContaining('the disk is full')]]);
  write.mockRestore();
  await clock.advance(HOUR_MS);
  vi.spyOn(database, 'write').mockRejectedValueOnce(new Error('the disk is full'));
  await clock.advance(HOUR_MS);
  expect(reported).toHaveBeenCalledTimes(2);
  vi.restoreAllMocks();
});
