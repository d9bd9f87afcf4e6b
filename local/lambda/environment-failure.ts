import type { FunctionErrorMessage } from './worker-messages.ts';

/** Why an execution environment has ended, for the invocations that ran in it or waited for it. */

const RUNTIME_EXIT = 'Runtime.ExitError';

/** The worker ended by itself. */
export function exitError(status: number): FunctionErrorMessage {
  const reason =
    status === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${status}`;
  return { errorType: RUNTIME_EXIT, errorMessage: reason };
}

/** Node ended the worker, for example because its memory was used up. */
export function crashError(error: unknown): FunctionErrorMessage {
  const outOfMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const reason = outOfMemory ? 'signal: killed' : String(error);
  return { errorType: RUNTIME_EXIT, errorMessage: `Runtime exited with error: ${reason}` };
}

/**
 * The failure as Lambda reports it for one request. The message of an exit names the request; that of the function's own error
 * doesn't.
 */
export function failureOf(requestId: string, failure: FunctionErrorMessage): FunctionErrorMessage {
  if (failure.errorType !== RUNTIME_EXIT) return failure;
  return { ...failure, errorMessage: `RequestId: ${requestId} Error: ${failure.errorMessage}` };
}

/** The error of an invocation that exceeded the function's timeout, or of an environment that took too long to start. */
export function timeoutError(what: string): FunctionErrorMessage {
  return { errorType: 'Sandbox.Timedout', errorMessage: what };
}
