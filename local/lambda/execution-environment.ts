import { Worker } from 'node:worker_threads';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import type { AwsEndpoint } from '../wire/endpoint.ts';
import type { FunctionLog } from './function-log.ts';
import type { FunctionSpec, InvokeResult } from './function-spec.ts';
import { locateHandler } from './handler-file.ts';
import { answerNow, CLOCK_BUFFER_BYTES } from './worker/clock.ts';
import type {
  FromWorker,
  FunctionErrorMessage,
  InvokeMessage,
  RequestMessage,
  ToWorker,
  WorkerSetup,
} from './worker-messages.ts';

export interface Invocation {
  readonly requestId: string;
  readonly payload: string;
  readonly settle: (result: InvokeResult) => void;
}

/** The endpoint as the workers reach it without HTTP. */
export interface InProcessEndpoint {
  /** The address whose requests are handed over. */
  readonly url: string;
  readonly endpoint: Pick<AwsEndpoint, 'handle'>;
}

export interface EnvironmentOptions {
  readonly spec: FunctionSpec;
  readonly clock: Clock;
  /** All variables the worker sees. */
  readonly variables: Readonly<Record<string, string>>;
  readonly log?: FunctionLog | undefined;
  /** Present when requests to the AWS endpoint do not go over HTTP. */
  readonly inProcess?: InProcessEndpoint | undefined;
  /** The bundle is imported: invocations may come. */
  readonly onReady: (environment: ExecutionEnvironment) => void;
  /** The invocation is over and the next may come. */
  readonly onFree: (environment: ExecutionEnvironment) => void;
  /** The worker is gone. `initError` says why it never became ready. */
  readonly onGone: (environment: ExecutionEnvironment, initError?: FunctionErrorMessage) => void;
}

/**
 * How long a bundle may take to import, in real time: starting a thread takes real time whatever the injected clock
 * says. Lambda gives 10 s, then the function's own timeout:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
const INIT_TIMEOUT_MS = 10_000;

/** One worker thread with one function loaded, running one invocation at a time. */
export class ExecutionEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #clockBuffer: SharedArrayBuffer | undefined;
  #initTimer: NodeJS.Timeout | undefined;
  #ready = false;
  #gone = false;
  #failure: FunctionErrorMessage | undefined;
  #running: { readonly invocation: Invocation; readonly timeout: Timer } | undefined;
  /** When the last invocation ended; the pool reaps by it. */
  idleSinceMs = 0;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    const { spec, variables, log, clock, inProcess } = options;
    if (clock !== systemClock) this.#clockBuffer = new SharedArrayBuffer(CLOCK_BUFFER_BYTES);
    const setup: WorkerSetup = {
      ...locateHandler(spec),
      context: {
        functionName: spec.name,
        functionVersion: variables.AWS_LAMBDA_FUNCTION_VERSION ?? '',
        invokedFunctionArn: spec.arn,
        memoryLimitInMB: String(spec.memoryMb),
        logGroupName: variables.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
        logStreamName: variables.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
      },
      ...(log && { logFile: log.path }),
      ...(inProcess && { inProcessEndpoint: inProcess.url }),
      ...(this.#clockBuffer && { clockBuffer: this.#clockBuffer }),
    };
    this.#worker = new Worker(new URL('./worker/main.ts', import.meta.url), {
      name: spec.name,
      workerData: setup,
      env: { ...variables },
      execArgv: [],
      stdout: true,
      stderr: true,
      // Node ends a worker that reaches its limit between two of its steps. One that fills its memory in a single
      // synchronous stretch can abort the process, which is then what `kill -9` is: nothing accepted is lost.
      resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
    });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', (error) => this.#fail(describeWorkerError(error)));
    this.#worker.on('exit', (status) => this.#exited(status));
    const initLimitMs = INIT_TIMEOUT_MS + spec.timeoutMs;
    this.#initTimer = setTimeout(() => {
      this.#fail({
        errorType: 'Sandbox.Timedout',
        errorMessage: `Error: Init timed out after ${seconds(initLimitMs)} seconds`,
      });
      void this.terminate();
    }, initLimitMs);
  }

  /** Runs one invocation; only while the environment is ready and free. */
  run(invocation: Invocation): void {
    const { spec, clock, log } = this.#options;
    const timeout = clock.setTimer(spec.timeoutMs, () => this.#timedOut(invocation));
    this.#running = { invocation, timeout };
    const message: InvokeMessage = {
      kind: 'invoke',
      requestId: invocation.requestId,
      payload: invocation.payload,
      deadlineMs: clock.nowMs() + spec.timeoutMs,
      logGeneration: log?.generation ?? 0,
    };
    this.#say(message);
  }

  /** Ends the worker at once; a running invocation fails. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'returned':
        this.#finish(message.logBytes, (requestId) => ({ ok: true, requestId, payload: message.payload }));
        break;
      case 'threw':
        this.#finish(message.logBytes, (requestId) => ({ ok: false, requestId, ...message.error }));
        break;
      case 'request':
        void this.#answer(message);
        break;
      case 'now':
        if (this.#clockBuffer) answerNow(this.#clockBuffer, this.#options.clock.nowMs());
        break;
      case 'ready':
        clearTimeout(this.#initTimer);
        this.#ready = true;
        this.#options.onReady(this);
        break;
      case 'init-failed':
        this.#fail(message.error);
        void this.terminate();
        break;
      case 'crashed':
        this.#fail(message.error);
        break;
    }
  }

  async #answer({ id, method, url, headers, body }: RequestMessage): Promise<void> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const response = await this.#options.inProcess?.endpoint.handle({ method, url, headers, body: bytes });
    if (response) this.#say({ kind: 'response', id, ...response });
  }

  #finish(logBytes: number, result: (requestId: string) => InvokeResult): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.timeout.cancel();
    this.#options.log?.written(logBytes);
    running.invocation.settle(result(running.invocation.requestId));
    if (!this.#gone) this.#options.onFree(this);
  }

  #timedOut({ requestId }: Invocation): void {
    const { spec, clock, log } = this.#options;
    const sentence = `Task timed out after ${seconds(spec.timeoutMs)} seconds`;
    log?.platformLine(`${new Date(clock.nowMs()).toISOString()} ${requestId} ${sentence}`);
    this.#fail({ errorType: 'Sandbox.Timedout', errorMessage: `RequestId: ${requestId} Error: ${sentence}` });
    this.#leave();
    void this.terminate();
  }

  /** The first reason counts: what follows (an exit status) is its consequence. */
  #fail(error: FunctionErrorMessage): void {
    this.#failure ??= error;
  }

  #exited(status: number): void {
    const requestId = this.#running?.invocation.requestId ?? '';
    const reason =
      status === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${status}`;
    this.#fail({ errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${reason}` });
    this.#leave();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#initTimer);
    const failure = this.#failure;
    if (failure) this.#finish(0, (requestId) => ({ ok: false, requestId, ...failure }));
    this.#options.onGone(this, this.#ready ? undefined : failure);
  }
}

function describeWorkerError(error: unknown): FunctionErrorMessage {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { errorType: 'Runtime.ExitError', errorMessage: 'Error: Runtime exited with error: signal: killed' };
  }
  return { errorType: 'Runtime.ExitError', errorMessage: `Error: Runtime exited with error: ${String(error)}` };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
