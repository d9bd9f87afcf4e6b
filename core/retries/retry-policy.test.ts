import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffTypes,
  DEFAULT_RETRY_POLICY,
  MAX_RETRY_AFTER_SECONDS,
  type RetryPolicy,
  retryDelaySeconds,
} from './retry-policy.ts';

const NO_JITTER = 0.5;
const delays = (policy: RetryPolicy, retries: number) =>
  Array.from({ length: retries }, (_, index) => retryDelaySeconds(policy, index + 1, NO_JITTER));

const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({
  maxRetries: fc.integer({ min: 0, max: 10 }),
  backoff: fc.constantFrom(...backoffTypes),
  intervalsSeconds: fc
    .array(fc.integer({ min: 1, max: 604_800 }), { minLength: 1, maxLength: 10 })
    .map((list) => list as [number, ...number[]]),
  retryOn: fc.constant(null),
});
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the retry policy', () => {
  it('the default policy waits 30 s, 5 min, 30 min, 2 h and 24 h, then gives up', () => {
    expect(delays(DEFAULT_RETRY_POLICY, 6)).toEqual([30, 300, 1800, 7200, 86_400, undefined]);
  });

  it('exponential backoff takes the next interval and repeats the last', () => {
    expect(delays({ maxRetries: 4, backoff: 'exponential', intervalsSeconds: [1, 2], retryOn: null }, 5)).toEqual([
      1,
      2,
      2,
      2,
      undefined,
    ]);
  });

  it('linear backoff multiplies the first interval by the number of the retry', () => {
    expect(delays({ maxRetries: 3, backoff: 'linear', intervalsSeconds: [10, 500], retryOn: null }, 3)).toEqual([
      10, 20, 30,
    ]);
  });

  it('fixed backoff always waits the first interval', () => {
    expect(delays({ maxRetries: 3, backoff: 'fixed', intervalsSeconds: [10, 500], retryOn: null }, 3)).toEqual([
      10, 10, 10,
    ]);
  });

  it('a policy without retries gives up after the first attempt', () => {
    expect(retryDelaySeconds({ ...DEFAULT_RETRY_POLICY, maxRetries: 0 }, 1, NO_JITTER)).toBeUndefined();
  });

  it('jitter spreads delays by at most 10 %, in whole seconds', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 10 }), random, (policy, retry, chance) => {
        const delay = retryDelaySeconds(policy, retry, chance);
        const exact = retryDelaySeconds(policy, retry, NO_JITTER);
        if (delay === undefined || exact === undefined) return retry > policy.maxRetries;
        return Number.isInteger(delay) && Math.abs(delay - exact) <= exact * 0.1 + 1;
      }),
    );
  });

  it('a retry is never earlier than Retry-After says, which postpones it by at most a day', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 0, max: 10 ** 9 }), random, (policy, retryAfter, chance) => {
        fc.pre(policy.maxRetries > 0);
        const delay = retryDelaySeconds(policy, 1, chance, retryAfter) ?? Number.NaN;
        const own = retryDelaySeconds(policy, 1, chance) ?? Number.NaN;
        return (
          delay >= Math.min(retryAfter, MAX_RETRY_AFTER_SECONDS) && delay <= Math.max(own, MAX_RETRY_AFTER_SECONDS)
        );
      }),
    );
  });
});
