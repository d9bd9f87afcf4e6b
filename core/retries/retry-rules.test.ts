import { describe, expect, it } from 'vitest';
import { isRetried, retryOnField } from './retry-rules.ts';

describe('retry rules', () => {
  it.each([
    [null, 404, true],
    [null, undefined, true],
    [['429'], 429, true],
    [['429'], 428, false],
    [['429'], undefined, false],
    [['5xx'], 500, true],
    [['5xx'], 599, true],
    [['5xx'], 499, false],
    [['error'], undefined, true],
    [['error'], 503, false],
    [['408', '429', '5xx', 'error'], 408, true],
    [['408', '429', '5xx', 'error'], 400, false],
    [['3xx'], 302, true],
    [['101'], 101, true],
    [['1xx'], 101, true],
  ])('with the rules %j, whether the status %s is retried is %s', (rules, status, isTriedAgain) => {
    expect(isRetried(rules && retryOnField.parse(rules), status)).toBe(isTriedAgain);
  });

  it.each([
    [[]],
    [['6xx']],
    [['5x']],
    [['99']],
    [['500-599']],
    [['timeout']],
    [['']],
    [[500]],
    [Array(21).fill('500')],
  ])('the rules %j are refused', (rules) => {
    expect(retryOnField.safeParse(rules).success).toBe(false);
  });
});
