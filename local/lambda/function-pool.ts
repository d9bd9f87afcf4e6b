import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock, Timer } from '../clock.ts';
import { ExecutionEnvironment, type InProcessEndpoint, type Invocation } from './execution-environment.ts';
import type { FunctionLog } from './function-log.ts';
import type { FunctionSpec, InvokeResult } from './function-spec.ts';
import type { FunctionErrorMessage } from './worker-messages.ts';

/** Environments that may exist at once where the function does not say: about 30 MB each. */
const DEFAULT_MAX_CONCURRENCY = 24;

/**
 * As many environments as cores are started as soon as they are wanted. Each further one would compile the bundle once more,
 * to share the same cores: it helps only where the others wait for something, and is started when none of them has come free
 * for this long. In real time, since it is about the machine.
 */
const STALLED_AFTER_MS = 250;

/** An environment that nobody needed for this long is ended, as Lambda does after some minutes. */
const IDLE_REAP_MS = 5 * 60_000;

/** Importing a bundle is work for the processor: more starts at once than cores would only delay the first. */
const MAX_CONCURRENT_STARTS = availableParallelism();

export interface FunctionPoolOptions {
  readonly spec: FunctionSpec;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string>>;
  readonly log?: FunctionLog | undefined;
  readonly inProcess?: InProcessEndpoint | undefined;
}

/** The execution environments of one function, and the invocations that wait for one. */
export class FunctionPool {
  readonly spec: FunctionSpec;
  /** Environments that there can be at once, each with one invocation: more would only wait. */
  readonly maxConcurrency: number;
  readonly #options: FunctionPoolOptions;
  readonly #environments = new Set<ExecutionEnvironment>();
  /** The most recently used is last, so that the others grow old enough to be reaped. */
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #waiting: Invocation[] = [];
  #starting = 0;
  #running = 0;
  #reaper: Timer | undefined;
  #closed = false;
  #idleWaiters: (() => void)[] = [];
  #startWaiters: (() => void)[] = [];
  #lastFreeMs = 0;
  #stallCheck: NodeJS.Timeout | undefined;

  constructor(options: FunctionPoolOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.maxConcurrency = options.spec.maxConcurrency ?? DEFAULT_MAX_CONCURRENCY;
  }

  invoke(payload: string): Promise<InvokeResult> {
    return new Promise((settle) => {
      const invocation = { requestId: randomUUID(), payload, settle };
      if (this.#closed) return settle(refusedWhileClosing(invocation));
      const environment = this.#idle.pop();
      if (environment) return this.#run(environment, invocation);
      this.#waiting.push(invocation);
      this.#grow();
    });
  }

  /** Starts the first environment ahead of the first invocation. Resolves when it is ready, or has failed to become so. */
  warm(): Promise<void> {
    if (this.#closed || this.#environments.size > 0) return Promise.resolve();
    this.#start();
    return new Promise((resolve) => this.#startWaiters.push(resolve));
  }

  /** Resolves when no invocation runs or waits. */
  whenIdle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Refuses what waits, gives what runs `graceMs` to end, then ends the workers. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#reaper?.cancel();
    clearTimeout(this.#stallCheck);
    for (const invocation of this.#waiting.splice(0)) invocation.settle(refusedWhileClosing(invocation));
    let timer: NodeJS.Timeout | undefined;
    const graceOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([this.whenIdle(), graceOver]);
    clearTimeout(timer);
    await Promise.all([...this.#environments].map((environment) => environment.terminate()));
  }

  #run(environment: ExecutionEnvironment, invocation: Invocation): void {
    this.#running += 1;
    environment.run({
      ...invocation,
      settle: (result) => {
        this.#running -= 1;
        invocation.settle(result);
      },
    });
  }

  /** Starts as many environments as invocations wait for one, within the limits. */
  #grow(): void {
    while (
      !this.#closed &&
      this.#starting < Math.min(this.#waiting.length, MAX_CONCURRENT_STARTS) &&
      this.#environments.size < this.maxConcurrency &&
      (this.#environments.size < availableParallelism() || this.#isStalled())
    ) {
      this.#start();
    }
  }

  #start(): void {
    this.#starting += 1;
    this.#environments.add(
      new ExecutionEnvironment({
        ...this.#options,
        variables: { ...this.#options.variables, AWS_LAMBDA_LOG_STREAM_NAME: this.#logStreamName() },
        onReady: (environment) => {
          this.#started();
          this.#free(environment);
        },
        onFree: (environment) => this.#free(environment),
        onGone: (environment, initError) => this.#gone(environment, initError),
      }),
    );
  }

  #started(): void {
    this.#starting -= 1;
    for (const resolve of this.#startWaiters.splice(0)) resolve();
  }

  #isStalled(): boolean {
    const freeForMs = performance.now() - this.#lastFreeMs;
    if (freeForMs >= STALLED_AFTER_MS) {
      // The next one only after as long again.
      this.#lastFreeMs = performance.now();
      return true;
    }
    this.#stallCheck ??= setTimeout(() => {
      this.#stallCheck = undefined;
      this.#grow();
    }, STALLED_AFTER_MS - freeForMs);
    return false;
  }

  #free(environment: ExecutionEnvironment): void {
    this.#lastFreeMs = performance.now();
    const next = this.#waiting.shift();
    if (next) {
      this.#run(environment, next);
    } else {
      environment.idleSinceMs = this.#options.clock.nowMs();
      this.#idle.push(environment);
      this.#armReaper();
    }
    this.#grow();
    this.#tellIdle();
  }

  /** Takes the lost environment out. One that never started fails the invocation that has waited longest, as Lambda would. */
  #gone(environment: ExecutionEnvironment, initError: FunctionErrorMessage | undefined): void {
    this.#environments.delete(environment);
    const position = this.#idle.indexOf(environment);
    if (position >= 0) this.#idle.splice(position, 1);
    if (initError) {
      this.#started();
      const first = this.#waiting.shift();
      first?.settle({ ok: false, requestId: first.requestId, ...initError });
    }
    this.#grow();
    this.#tellIdle();
  }

  #armReaper(): void {
    const oldest = this.#idle[0];
    if (this.#reaper || !oldest || this.#closed) return;
    const { clock } = this.#options;
    this.#reaper = clock.setTimer(oldest.idleSinceMs + IDLE_REAP_MS - clock.nowMs(), () => {
      this.#reaper = undefined;
      const dueMs = clock.nowMs() - IDLE_REAP_MS;
      while (this.#idle[0] && this.#idle[0].idleSinceMs <= dueMs) void this.#idle.shift()?.terminate();
      this.#armReaper();
    });
  }

  #tellIdle(): void {
    if (this.#running > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** `2026/01/31/[$LATEST]` and 32 hex characters. */
  #logStreamName(): string {
    const day = new Date(this.#options.clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '/');
    return `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  }
}

function refusedWhileClosing(invocation: Invocation): InvokeResult {
  return {
    ok: false,
    requestId: invocation.requestId,
    errorType: 'ServiceUnavailableException',
    errorMessage: 'The function was not started: the local stack is stopping',
  };
}
