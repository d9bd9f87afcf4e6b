import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a timer fires soon after waking if it fell due while the machine was asleep', () => {
  const fire = vi.fn();
  systemClock.setTimer(2 * HOUR_MS, fire);
  vi.advanceTimersByTime(HOUR_MS);
  // Node's timers stand still in a sleep; the time of day doesn't.
  vi.setSystemTime(Date.now() + 3 * HOUR_MS);
  vi.advanceTimersByTime(31_000);
  expect(fire).toHaveBeenCalledOnce();
});

test('a timer fires when it is due, not before, however far off that is', () => {
  const fire = vi.fn();
  systemClock.setTimer(DAY_MS, fire);
  vi.advanceTimersByTime(DAY_MS - 1);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledOnce();
});

test('a cancelled timer does not fire', () => {
  const fire = vi.fn();
  const timer = systemClock.setTimer(HOUR_MS, fire);
  vi.advanceTimersByTime(HOUR_MS / 2);
  timer.cancel();
  vi.advanceTimersByTime(HOUR_MS);
  expect(fire).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
