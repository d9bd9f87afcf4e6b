import type { Clock } from '../clock.ts';
import { type InvokeResult, limit } from './rest-api.ts';

export const TIMED_OUT = Symbol('timed out');

/**
 * Waits for an integration as long as API Gateway does. After that, an invocation that hasn't started is withdrawn; one that has
 * started continues on its own.
 * @param caller aborted when nobody is waiting for the response any more, here or elsewhere
 */
export function withinIntegrationTimeout(
  clock: Clock,
  invoke: (signal: AbortSignal) => Promise<InvokeResult>,
  caller = new AbortController(),
): Promise<InvokeResult | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(limit.integrationTimeoutMs, () => {
      resolve(TIMED_OUT);
      caller.abort();
    });
    invoke(caller.signal)
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}
