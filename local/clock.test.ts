import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('an alarm goes off soon after waking if its time came while the machine was asleep', () => {
  const fire = vi.fn();
  systemClock.setAlarm(Date.now() + 2 * HOUR_MS, fire);
  vi.advanceTimersByTime(HOUR_MS);
  // Node's timers stand still in a sleep; the time of day doesn't.
  vi.setSystemTime(Date.now() + 3 * HOUR_MS);
  vi.advanceTimersByTime(31_000);
  expect(fire).toHaveBeenCalledOnce();
});

test('an alarm goes off at its time, not before, however far away that is', () => {
  const fire = vi.fn();
  systemClock.setAlarm(Date.now() + 50 * DAY_MS, fire);
  vi.advanceTimersByTime(50 * DAY_MS - 1);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledOnce();
});

test.each([
  ['back', -HOUR_MS],
  ['forward', HOUR_MS],
])('a timer fires after its delay although the clock of the machine is set %s meanwhile', (_, byMs) => {
  const fire = vi.fn();
  systemClock.setTimer(60_000, fire);
  vi.advanceTimersByTime(1000);
  vi.setSystemTime(Date.now() + byMs);
  vi.advanceTimersByTime(58_999);
  expect(fire).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fire).toHaveBeenCalledOnce();
});

test.each([
  ['a timer', () => systemClock.setTimer(HOUR_MS, unwanted)],
  ['an alarm', () => systemClock.setAlarm(Date.now() + HOUR_MS, unwanted)],
])('%s that is cancelled does not fire', (_, set) => {
  const timer = set();
  vi.advanceTimersByTime(HOUR_MS / 2);
  timer.cancel();
  expect(vi.getTimerCount()).toBe(0);
});

function unwanted(): void {
  throw new Error('fired');
}
