import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDestination, settingsOf } from '../../core/destinations/destination-schema.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { retryDelaySeconds } from '../../core/retries/retry-policy.ts';
import { AT_A_TIME, MAX_AWAITED_SECONDS, sessionSettings } from './session-settings.ts';

/** The settings as Hawser stores them. */
const taken = (programSeconds: number) =>
  settingsOf(createDestination.parse({ type: 'websocket', ...sessionSettings(programSeconds) }));

describe('the destination of a session', () => {
  it('is one, whatever time the program may take, and its attempts last longer than a program that is waited for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), (programSeconds) => {
        const { timeoutSeconds, target } = taken(programSeconds);
        const waitsForAnswer = programSeconds <= MAX_AWAITED_SECONDS;
        expect(target.config).toEqual({ without_clients: 'hold', wait_for: waitsForAnswer ? 'answer' : 'receipt' });
        if (waitsForAnswer) expect(timeoutSeconds).toBe(programSeconds + 5);
      }),
    );
  });

  it('makes no dead letter within three days of failures', () => {
    const { retryPolicy } = taken(30);
    const retries = Array.from({ length: retryPolicy.maxRetries }, (_, index) => index + 1);
    const seconds = retries.map((retry) => retryDelaySeconds(retryPolicy, retry, 0) ?? 0);
    expect(seconds.slice(0, 2)).toEqual([5, 23]);
    expect(seconds.reduce((sum, one) => sum + one)).toBeGreaterThan(3 * 86_400);
  });

  it('sends no more at a time than is handed on, and is held back by no circuit', () => {
    const { pace, circuitBreaker } = taken(30);
    expect(pace).toEqual({ ...NO_PACE, maxConcurrency: AT_A_TIME });
    expect(circuitBreaker.enabled).toBe(false);
  });
});
