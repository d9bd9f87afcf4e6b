import type { Clock } from '../clock.ts';
import { type InvokeResult, limit } from './rest-api.ts';

export const TIMED_OUT = Symbol('timed out');

/** Waits for an integration as long as an API does. The function goes on by itself. */
export function withinIntegrationTimeout(
  clock: Clock,
  invocation: Promise<InvokeResult>,
): Promise<InvokeResult | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(limit.integrationTimeoutMs, () => resolve(TIMED_OUT));
    invocation.then(resolve, reject).finally(() => timer.cancel());
  });
}
