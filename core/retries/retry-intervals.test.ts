import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growingIntervals, retryIntervalsField } from './retry-intervals.ts';

describe('the intervals of a retry policy', () => {
  it.each([
    ['a list', [1, 2, 3], [1, 2, 3]],
    ['the default by its name', 'default', [30, 300, 1800, 7200, 86_400]],
    ['the fast ones by their name', 'fast', [5, 25, 120, 600]],
    [
      'delays that double up to a minute',
      { initial_delay_ms: 1_000, max_delay_ms: 60_000, multiplier: 2 },
      [1, 2, 4, 8, 16, 32, 60],
    ],
    ['delays that stay', { initial_delay_ms: 2_500, max_delay_ms: 60_000, multiplier: 1 }, [3]],
    ['a fraction of a second', { initial_delay_ms: 1, max_delay_ms: 1, multiplier: 10 }, [1]],
    [
      'delays that grow slowly',
      { initial_delay_ms: 10_000, max_delay_ms: 604_800_000, multiplier: 1.5 },
      [10, 15, 23, 34, 51, 76, 114, 171, 257, 385],
    ],
  ])('the intervals may be %s', (_, given, intervals) => {
    expect(retryIntervalsField.parse(given)).toEqual(intervals);
  });

  it('growing intervals never fall or exceed the longest delay, and are a valid list', () => {
    const delayMs = fc.integer({ min: 1, max: 604_800_000 });
    fc.assert(
      fc.property(
        delayMs,
        delayMs,
        fc.double({ min: 1, max: 100, noNaN: true }),
        (initialDelayMs, maxDelayMs, multiplier) => {
          const intervals = growingIntervals({ initialDelayMs, maxDelayMs, multiplier });
          expect([...intervals].sort((one, other) => one - other)).toEqual(intervals);
          expect(Math.max(...intervals)).toBeLessThanOrEqual(Math.ceil(maxDelayMs / 1000));
          expect(retryIntervalsField.parse(intervals)).toEqual(intervals);
        },
      ),
    );
  });

  it.each([
    '',
    'slow',
    30,
    null,
    {},
    { initial_delay_ms: 0, max_delay_ms: 1, multiplier: 2 },
    { initial_delay_ms: 1, max_delay_ms: 604_800_001, multiplier: 2 },
    { initial_delay_ms: 1, max_delay_ms: 1, multiplier: 0.5 },
    { initial_delay_ms: 1, max_delay_ms: 1, multiplier: 2, jitter: 0.1 },
  ])('%j is refused as intervals', (given) => {
    expect(retryIntervalsField.safeParse(given).success).toBe(false);
  });
});
