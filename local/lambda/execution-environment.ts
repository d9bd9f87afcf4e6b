import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../clock.ts';
import type { AwsEndpoint } from '../wire/endpoint.ts';
import { crashError, exitError, failureOf, timeoutError } from './environment-failure.ts';
import type { FunctionLog } from './function-log.ts';
import { type FunctionSpec, MAX_REQUEST_PAYLOAD_BYTES } from './function-spec.ts';
import { locateHandler } from './handler-file.ts';
import { Outbox } from './outbox.ts';
import { type Invocation, type InvocationOutcome, RunningInvocations } from './running-invocations.ts';
import { CLOCK_BUFFER_BYTES, sendTime } from './worker/clock.ts';
import type {
  FromWorker,
  FunctionErrorMessage,
  InvokeMessage,
  RequestMessage,
  ToWorker,
  WorkerSetup,
} from './worker-messages.ts';

/** The endpoint as workers reach it without HTTP. */
export interface InProcessEndpoint {
  /** Requests to this address are handed over. */
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
  /** How many invocations it takes at once. */
  readonly maxConcurrency: number;
  /** The bundle is imported: invocations may come. */
  readonly onReady: () => void;
  /** An invocation is over: there is room for another, unless the environment is about to end. */
  readonly onFinished: () => void;
  /** The worker is gone. `initError` says why it never became ready. */
  readonly onGone: (environment: ExecutionEnvironment, initError?: FunctionErrorMessage) => void;
}

/**
 * How long a bundle may take to import. This is real time, because starting a thread takes real time whatever the injected clock
 * says. Lambda gives 10 s, then the function's own timeout:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
const INIT_TIMEOUT_MS = 10_000;

/**
 * One worker thread with one function loaded.
 *
 * It runs several invocations at once, which share the thread as asynchronous functions do, so one thread can wait for many
 * responses. Each has its own deadline. An invocation that exceeds it fails alone, and the environment ends once the others are
 * done. Whatever ends the thread itself (a crash, running out of memory) fails all of them.
 */
export class ExecutionEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #worker: Worker;
  readonly #outbox: Outbox<ToWorker>;
  readonly #clockBuffer: SharedArrayBuffer | undefined;
  readonly #running: RunningInvocations;
  #initTimer: NodeJS.Timeout | undefined;
  #state: 'starting' | 'ready' | 'retired' | 'gone' = 'starting';
  #failure: FunctionErrorMessage | undefined;
  #idleSinceElapsedMs: number;
  #hasReportedLateCall = false;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    const { spec, variables, log, clock, inProcess } = options;
    this.#running = new RunningInvocations({
      clock,
      timeoutMs: spec.timeoutMs,
      onTimeout: (requestId) => this.#timedOut(requestId),
    });
    this.#idleSinceElapsedMs = clock.elapsedMs();
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
      // Node ends a worker that exceeds this limit. But a worker that fills its memory in a single synchronous stretch can abort
      // the whole process. That is then like `kill -9`: nothing that was accepted is lost.
      resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
    });
    this.#outbox = new Outbox<ToWorker>(this.#worker);
    this.#worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#receive(message);
    });
    this.#worker.on('error', (error) => this.#fail(crashError(error)));
    this.#worker.on('exit', (status) => {
      this.#fail(exitError(status));
      this.#markGone();
    });
    const initLimitMs = INIT_TIMEOUT_MS + spec.timeoutMs;
    this.#initTimer = setTimeout(() => {
      this.#fail(timeoutError(`Error: Init timed out after ${seconds(initLimitMs)} seconds`));
      void this.terminate();
    }, initLimitMs);
  }

  /** When it became idle, by `clock.elapsedMs()`; `undefined` while something runs in it, or while it starts or ends. */
  get idleSinceElapsedMs(): number | undefined {
    return this.#state === 'ready' && this.#running.count === 0 ? this.#idleSinceElapsedMs : undefined;
  }

  /**
   * Whether it takes another invocation now. All its payloads together are limited to the size of the largest single one, so
   * running several at once needs no more memory than the function has.
   */
  hasRoomFor({ payload }: Invocation): boolean {
    if (this.#state !== 'ready') return false;
    const { count, payloadLength } = this.#running;
    if (count === 0) return true;
    return count < this.#options.maxConcurrency && payloadLength + payload.length <= MAX_REQUEST_PAYLOAD_BYTES;
  }

  /** Runs an invocation. Only call this while there is room for it. */
  run(invocation: Invocation): void {
    const message: InvokeMessage = {
      kind: 'invoke',
      requestId: invocation.requestId,
      payload: invocation.payload,
      deadlineMs: this.#running.begin(invocation),
      logGeneration: this.#options.log?.generation ?? 0,
    };
    this.#outbox.add(message);
  }

  /** Ends the worker at once. Whatever runs in it fails. */
  async terminate(): Promise<void> {
    if (this.#state === 'ready') this.#state = 'retired';
    await this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'returned':
        this.#options.log?.countBytes(message.logBytes);
        this.#finished(message.requestId, { ok: true, payload: message.payload });
        break;
      case 'threw':
        this.#options.log?.countBytes(message.logBytes);
        this.#finished(message.requestId, { ok: false, ...message.error });
        break;
      case 'request':
        if (this.#state === 'ready' && this.#running.count === 0) this.#reportLateCall(message);
        void this.#forward(message);
        break;
      case 'log-lost':
        this.#options.log?.reportLoss(message.reason);
        break;
      case 'now':
        if (this.#clockBuffer) sendTime(this.#clockBuffer, this.#options.clock.nowMs());
        break;
      case 'ready':
        clearTimeout(this.#initTimer);
        this.#state = 'ready';
        this.#options.onReady();
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

  async #forward({ id, method, url, headers, body }: RequestMessage): Promise<void> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const response = await this.#options.inProcess?.endpoint.handle({ method, url, headers, body: bytes });
    if (response) this.#outbox.add({ kind: 'response', id, ...response });
  }

  /**
   * The worker's messages arrive in the order in which it sent them, so a call made before a return arrives before that return.
   * This is reported once for each environment, because a function with a missing `await` would cause it every time.
   */
  #reportLateCall({ method, url, headers }: RequestMessage): void {
    if (this.#hasReportedLateCall) return;
    this.#hasReportedLateCall = true;
    const { spec, clock, log } = this.#options;
    const call = headers['x-amz-target'] ?? `${method} ${url}`;
    const sentence = `called ${call} after it had returned; Lambda would have frozen it`;
    log?.appendPlatformLine(`${new Date(clock.nowMs()).toISOString()} ${sentence}`);
    process.stderr.write(`hawser: ${spec.name} ${sentence}\n`);
  }

  #finished(requestId: string, outcome: InvocationOutcome): void {
    this.#running.finish(requestId, outcome);
    if (this.#running.count === 0) this.#idleSinceElapsedMs = this.#options.clock.elapsedMs();
    this.#options.onFinished();
    if (this.#state === 'retired' && this.#running.count === 0) {
      this.#markGone();
      void this.terminate();
    }
  }

  /** The invocation may go on, but no new one begins in this environment. */
  #timedOut(requestId: string): void {
    const { spec, clock, log } = this.#options;
    const sentence = `Task timed out after ${seconds(spec.timeoutMs)} seconds`;
    log?.appendPlatformLine(`${new Date(clock.nowMs()).toISOString()} ${requestId} ${sentence}`);
    if (this.#state === 'ready') this.#state = 'retired';
    this.#finished(requestId, { ok: false, ...timeoutError(`RequestId: ${requestId} Error: ${sentence}`) });
  }

  /** Only the first reason counts: later ones, such as an exit status, follow from it. */
  #fail(error: FunctionErrorMessage): void {
    this.#failure ??= error;
  }

  #markGone(): void {
    if (this.#state === 'gone') return;
    const failure = this.#failure;
    const neverReady = this.#state === 'starting';
    this.#state = 'gone';
    clearTimeout(this.#initTimer);
    if (failure) {
      for (const requestId of this.#running.requestIds) {
        this.#running.finish(requestId, { ok: false, ...failureOf(requestId, failure) });
      }
    }
    this.#options.onGone(this, neverReady ? failure : undefined);
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
