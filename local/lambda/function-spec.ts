/** A function as the runner needs it: where its code is, and its limits and environment. */
export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  /** Folder with the bundle, e.g. `index.mjs`. */
  readonly codeDir: string;
  /** File without extension, a dot, the name of the export: `index.handler`. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** The function's own variables. The runner adds those that Lambda itself sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Invocations that may run at once; further ones wait in order of arrival. Default 64. */
  readonly maxConcurrency?: number;
}

interface InvokeSuccess {
  readonly ok: true;
  readonly requestId: string;
  /** What the handler returned, as JSON text; `null` when it returned nothing. */
  readonly payload: string;
}

/** A function error as Lambda reports it, or a refusal by the service before the function ran. */
interface InvokeFailure {
  readonly ok: false;
  readonly requestId: string;
  /** The thrown error's name, or one of Lambda's own: `Sandbox.Timedout`, `Runtime.ExitError`, `Function.ResponseSizeTooLarge`, … */
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stack?: readonly string[];
  /** The service refused the invocation, so the function was not started. */
  readonly refused?: true;
}

export type InvokeResult = InvokeSuccess | InvokeFailure;

/** Request payload of a synchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_REQUEST_PAYLOAD_BYTES = 6_291_456;

/** Size of a response. It exceeds a request's because Lambda counts its own envelope: same page, and Lambda's error message. */
export const MAX_RESPONSE_PAYLOAD_BYTES = 6_291_556;

/** Whether `text` is longer than `maxBytes` in UTF-8. It is only measured if its length doesn't decide that. */
export function exceedsBytes(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}
