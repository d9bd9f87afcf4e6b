import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDestination, settingsOf } from '../../core/destinations/destination-schema.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { retryDelaySeconds } from '../../core/retries/retry-policy.ts';
import { MAX_AWAITED_SECONDS, MAX_CONCURRENCY, sessionSettings } from './session-settings.ts';

/** The settings as Hawser stores them. */
const taken = (programSeconds: number) =>
  settingsOf(createDestination.parse({ type: 'websocket', ...sessionSettings(programSeconds) }));

describe('the destination of a session', () => {
  it('its settings are valid for any program timeout, and its attempts outlast a program whose answer is awaited', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), (programSeconds) => {
        const { timeoutSeconds, target } = taken(programSeconds);
        const waitsForAnswer = programSeconds <= MAX_AWAITED_SECONDS;
        expect(target.config).toEqual({ without_clients: 'hold', wait_for: waitsForAnswer ? 'answer' : 'receipt' });
        if (waitsForAnswer) expect(timeoutSeconds).toBe(programSeconds + 5);
      }),
    );
  });

  it('its deliveries do not become dead letters within three days of failures', () => {
    const { retryPolicy } = taken(30);
    const retries = Array.from({ length: retryPolicy.maxRetries }, (_, index) => index + 1);
    const seconds = retries.map((retry) => retryDelaySeconds(retryPolicy, retry, 0) ?? 0);
    expect(seconds.slice(0, 2)).toEqual([5, 23]);
    expect(seconds.reduce((sum, one) => sum + one)).toBeGreaterThan(3 * 86_400);
  });

  it('its concurrency is what the listener hands on at a time, and its circuit breaker is off', () => {
    const { pace, circuitBreaker } = taken(30);
    expect(pace).toEqual({ ...NO_PACE, maxConcurrency: MAX_CONCURRENCY });
    expect(circuitBreaker.enabled).toBe(false);
  });
});
