import type { InvokeResult } from './function-spec.ts';
import type { Invocation } from './running-invocations.ts';

/** Results of invocations that were never started. */

export function refusedWhileClosing({ requestId }: Pick<Invocation, 'requestId'>): InvokeResult {
  const errorMessage = 'The function was not started: the local stack is stopping';
  return { ok: false, requestId, errorType: 'ServiceUnavailableException', errorMessage, refused: true };
}

/** Nobody reads this result. */
export function withdrawn({ requestId }: Pick<Invocation, 'requestId'>): InvokeResult {
  const errorMessage = 'The function was not started: nobody is waiting for its response any more';
  return { ok: false, requestId, errorType: 'AbortError', errorMessage, refused: true };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
export function throttled({ requestId }: Pick<Invocation, 'requestId'>): InvokeResult {
  const errorMessage = 'Rate Exceeded.';
  return { ok: false, requestId, errorType: 'TooManyRequestsException', errorMessage, refused: true };
}
