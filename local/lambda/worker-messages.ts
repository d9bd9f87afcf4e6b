/** This variable tells Node, when the worker starts, where compiled code is kept. */
export const COMPILE_CACHE_VARIABLE = 'NODE_COMPILE_CACHE';

/** The configuration that a worker gets when it starts. */
export interface WorkerSetup {
  readonly moduleUrl: string;
  readonly exportName: string;
  readonly context: FunctionContext;
  /** File for the function's output. Without it the output is dropped. */
  readonly logFile?: string;
  /** Present when requests to this address are handed to the main thread instead of going over HTTP. */
  readonly inProcessEndpoint?: string;
  /** Present with a manual clock, from which the worker then requests the time: see `worker/clock.ts`. */
  readonly clockBuffer?: SharedArrayBuffer;
}

/** The part of the handler's `context` that is the same for every invocation in one environment. */
interface FunctionContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface FunctionErrorMessage {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stack?: readonly string[];
}

export interface InvokeMessage {
  readonly kind: 'invoke';
  readonly requestId: string;
  readonly payload: string;
  readonly deadlineMs: number;
  /** Increases when the log file has been rotated, so that the worker reopens it. */
  readonly logGeneration: number;
}

/** A request to the AWS endpoint, handed over in process. */
export interface RequestMessage {
  readonly kind: 'request';
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The endpoint's response to the request with the same id. */
export interface ResponseMessage {
  readonly kind: 'response';
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type ToWorker = InvokeMessage | ResponseMessage;

export type FromWorker =
  /** The bundle is imported and has the handler. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: FunctionErrorMessage }
  | { readonly kind: 'returned'; readonly requestId: string; readonly payload: string; readonly logBytes: number }
  | {
      readonly kind: 'threw';
      readonly requestId: string;
      readonly error: FunctionErrorMessage;
      readonly logBytes: number;
    }
  /** An error outside the handler's promise; the worker exits right after it. */
  | { readonly kind: 'crashed'; readonly error: FunctionErrorMessage }
  | RequestMessage
  /** Lines for the log can't be written. */
  | { readonly kind: 'log-lost'; readonly reason: string }
  /** The worker waits for the time, see `worker/clock.ts`. */
  | { readonly kind: 'now' };
