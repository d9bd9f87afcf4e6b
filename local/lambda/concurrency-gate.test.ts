import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { ConcurrencyGate } from './concurrency-gate.ts';

const MAXIMUM = 40;
const SECOND_MS = 1_000;

let clock: ManualClock;
let gate: ConcurrencyGate;
let stopping: AbortController;
beforeEach(() => {
  clock = new ManualClock();
  gate = new ConcurrencyGate(clock, MAXIMUM);
  stopping = new AbortController();
});
afterEach(() => stopping.abort());

/**
 * Begins batches of a queue that never runs empty. There is a kind of batch for each duration, and the kind with the fewest in
 * flight begins next.
 * @returns how many batches of each kind are in flight
 */
function begin(...durationsMs: readonly number[]): ReadonlyMap<number, number> {
  const inFlight = new Map(durationsMs.map((durationMs) => [durationMs, 0]));
  const add = (durationMs: number, difference: number) =>
    inFlight.set(durationMs, (inFlight.get(durationMs) ?? 0) + difference);
  void (async () => {
    while (await gate.opening(stopping.signal)) {
      const [[durationMs] = [0]] = [...inFlight].sort(([, one], [, other]) => one - other);
      const release = gate.take();
      add(durationMs, 1);
      clock.setTimer(durationMs, () => {
        add(durationMs, -1);
        release();
      });
    }
  })();
  return inFlight;
}

describe('batches in flight', () => {
  it('are two, as long as they are quick', async () => {
    const inFlight = begin(20);
    await clock.advance(5 * SECOND_MS);
    expect(inFlight.get(20)).toBe(2);
    expect(gate.isWide).toBe(false);
  });

  it('become more, one for each 100 ms of waiting, while they are slow', async () => {
    const inFlight = begin(60 * SECOND_MS);
    await clock.advance(SECOND_MS);
    expect(inFlight.get(60 * SECOND_MS)).toBe(12);
    expect(gate.isWide).toBe(true);
    await clock.advance(10 * SECOND_MS);
    expect(inFlight.get(60 * SECOND_MS)).toBe(MAXIMUM);
  });

  it('become more as well after the time of day was set back', async () => {
    const inFlight = begin(60 * SECOND_MS);
    await clock.advance(50);
    clock.set(-3600 * SECOND_MS);
    await clock.advance(10 * SECOND_MS);
    expect(inFlight.get(60 * SECOND_MS)).toBe(MAXIMUM);
  });

  it('become more for the slow ones among quick ones, which take and leave places all the time', async () => {
    const inFlight = begin(20, 2 * SECOND_MS);
    await clock.advance(10 * SECOND_MS);
    expect(inFlight.get(2 * SECOND_MS)).toBeGreaterThanOrEqual(MAXIMUM / 2 - 1);
  });

  it('become more where those that are slow end one after the other', async () => {
    const inFlight = begin(200);
    await clock.advance(20 * SECOND_MS);
    expect(inFlight.get(200)).toBeGreaterThan(20);
  });

  it('leave a place to others, while they become more', async () => {
    let slow = 0;
    const quickWaitedMs: number[] = [];
    let quickSinceMs: number | undefined;
    // Like the event source: while only reserved places are left, only a quick batch may take one.
    void (async () => {
      while (await gate.opening(stopping.signal)) {
        const reserved = gate.whileReserved();
        if (reserved && quickSinceMs === undefined) {
          await new Promise((resolve) => {
            reserved.addEventListener('abort', resolve, { once: true });
            clock.setTimer(10, () => resolve(undefined));
          });
          continue;
        }
        const release = gate.take();
        if (quickSinceMs === undefined) slow++;
        else {
          quickWaitedMs.push(clock.nowMs() - quickSinceMs);
          quickSinceMs = undefined;
          clock.setTimer(20, release);
        }
      }
    })();
    await clock.advance(500);
    for (let second = 0; second < 20; second++) {
      quickSinceMs = clock.nowMs();
      await clock.advance(130);
    }
    expect(quickWaitedMs).toHaveLength(20);
    expect(Math.max(...quickWaitedMs)).toBeLessThanOrEqual(10);
    expect(slow).toBeGreaterThanOrEqual(25);
  });

  it('become more beside reserved places, too, where those that are slow end one after the other', async () => {
    let inFlight = 0;
    let most = 0;
    void (async () => {
      while (await gate.opening(stopping.signal)) {
        const reserved = gate.whileReserved();
        if (reserved) {
          await new Promise((resolve) => reserved.addEventListener('abort', resolve, { once: true }));
          continue;
        }
        const release = gate.take();
        most = Math.max(most, ++inFlight);
        clock.setTimer(200, () => {
          inFlight--;
          release();
        });
      }
    })();
    await clock.advance(20 * SECOND_MS);
    expect(most).toBeGreaterThan(20);
  });

  it('are few again once there was none', async () => {
    begin(SECOND_MS);
    await clock.advance(3 * SECOND_MS);
    stopping.abort();
    await clock.advance(SECOND_MS);
    expect(gate.isWide).toBe(false);
  });
});
