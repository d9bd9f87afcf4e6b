import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from './retry-after.ts';

const now = Date.UTC(2026, 10, 22, 8, 49, 0);

describe('Retry-After', () => {
  it.each([
    ['120', 120],
    [' 7 ', 7],
    ['Sun, 22 Nov 2026 08:49:37 GMT', 37],
    ['Sunday, 22-Nov-26 08:49:37 GMT', 37],
    ['Sun Nov 22 08:49:37 2026', 37],
    ['Tue Dec  1 08:49:00 2026', 9 * 86_400],
  ])('Retry-After %j is understood', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    '-5',
    '1.5',
    'soon',
    '1e3',
    'Sun, 22 Nov 2020 08:49:37 GMT',
    'Mon, 99 Foo 2026 08:49:37 GMT',
    '2026-11-22',
  ])('Retry-After %j is ignored', (header) => {
    expect(retryAfterSeconds(header, now)).toBe(0);
  });

  it.each([11, 20, 400])('a number of %i digits is more than a day and finite', (digits) => {
    const seconds = retryAfterSeconds('9'.repeat(digits), now);
    expect(seconds).toBeGreaterThan(86_400);
    expect(seconds).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('parsing Retry-After never throws or returns a negative number', () => {
    fc.assert(fc.property(fc.string(), (header) => retryAfterSeconds(header, now) >= 0));
  });
});
