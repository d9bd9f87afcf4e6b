import { beforeEach, describe, expect, it } from 'vitest';
import { Watch } from './watch.ts';

/** A minute is 24 ticks. */
const TICK_MS = 2_500;

let asked: number[];
let givenUp: number[];
let watch: Watch;
let nowMs: number;
beforeEach(() => {
  [asked, givenUp, nowMs] = [[], [], 0];
  const options = { pingMs: 30_000, ask: () => asked.push(nowMs), giveUp: () => givenUp.push(nowMs) };
  watch = new Watch(options, nowMs);
});

/** The machine is awake for this long, and pings are answered or not. */
function awake(ms: number, answers = true): void {
  for (const endMs = nowMs + ms; nowMs < endMs; ) {
    nowMs += TICK_MS;
    const before = asked.length;
    watch.tick(nowMs);
    if (answers && asked.length > before) watch.heard(nowMs + 50);
  }
}

describe('a watched connection', () => {
  it('a connection is pinged once it has been silent, and not before', () => {
    awake(90_000);
    expect(asked).toEqual([30_000, 62_500]);
    expect(givenUp).toEqual([]);
  });

  it('a connection is not pinged while it receives messages', () => {
    for (let index = 0; index < 20; index += 1) {
      awake(20_000);
      watch.heard(nowMs);
    }
    expect(asked).toEqual([]);
  });

  it('a connection is given up 10 s after an unanswered ping', () => {
    awake(45_000, false);
    expect(asked).toEqual([30_000]);
    expect(givenUp[0]).toBe(40_000);
  });

  it('a connection is pinged at once after the machine slept', () => {
    awake(5_000);
    nowMs += 3_600_000;
    awake(2_500, false);
    expect(asked).toEqual([3_607_500]);
    awake(10_000, false);
    expect(givenUp).toEqual([3_617_500]);
  });

  it('a connection pinged just before a sleep is pinged again, not given up', () => {
    awake(30_000, false);
    nowMs += 3_600_000;
    awake(5_000);
    expect(asked).toHaveLength(2);
    expect(givenUp).toEqual([]);
  });
});
