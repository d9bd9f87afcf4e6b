import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock, Timer } from '../clock.ts';
import { failureOf } from './environment-failure.ts';
import { ExecutionEnvironment, type InProcessEndpoint } from './execution-environment.ts';
import type { FunctionLog } from './function-log.ts';
import type { FunctionSpec, InvokeResult } from './function-spec.ts';
import { refusedWhileClosing, throttled, withdrawn } from './refused-invocation.ts';
import type { Invocation } from './running-invocations.ts';
import { WaitingInvocations } from './waiting-invocations.ts';
import type { FunctionErrorMessage } from './worker-messages.ts';

/**
 * How many invocations of one function run at once unless its spec says otherwise. For batches of ten deliveries, that is 640
 * open requests with bodies of up to 4.5 MB each.
 */
const DEFAULT_MAX_CONCURRENCY = 64;

/** Environments of one function that may exist at once: about 30 MB each. */
const MAX_ENVIRONMENTS = 16;

/**
 * How many invocations one environment takes at once. This is Lambda's own default for Node where an environment takes several:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-nodejs-runtime.html
 *
 * On Lambda, as the stack is deployed, it is 1. Here a thread for each invocation would be most of what an event costs: with few
 * cores, each thread finds the caches full of another one's code, and each has to compile the bundle.
 */
const DEFAULT_ENVIRONMENT_CONCURRENCY = 64;

/**
 * Up to one environment per core is started as soon as it is wanted. Further ones would share the same cores. They only help if
 * the others are stuck, so one is started when no environment has finished anything for this long. This is real time, because it
 * is about the machine.
 */
const STALLED_AFTER_MS = 250;

/** An environment that nobody has needed for this long is ended, as Lambda does after some minutes. */
const IDLE_REAP_MS = 5 * 60_000;

/** Importing a bundle keeps a core busy. More starts at once than there are cores would only delay the first. */
const MAX_CONCURRENT_STARTS = availableParallelism();

export interface FunctionPoolOptions {
  readonly spec: FunctionSpec;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string>>;
  readonly log?: FunctionLog | undefined;
  readonly inProcess?: InProcessEndpoint | undefined;
  /** How many invocations one environment takes at once. Default 64. */
  readonly environmentConcurrency?: number | undefined;
}

/** The execution environments of one function, and the invocations that wait for one. */
export class FunctionPool {
  readonly spec: FunctionSpec;
  /** How many invocations can run at once. More would only wait. */
  readonly maxConcurrency: number;
  readonly #options: FunctionPoolOptions;
  readonly #environmentConcurrency: number;
  readonly #environments = new Set<ExecutionEnvironment>();
  readonly #waiting = new WaitingInvocations();
  #starting = 0;
  #running = 0;
  #reaper: Timer | undefined;
  #closed = false;
  #idleWaiters: (() => void)[] = [];
  #startWaiters: (() => void)[] = [];
  #lastFinishedMs = 0;
  #stallCheck: NodeJS.Timeout | undefined;

  constructor(options: FunctionPoolOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.#environmentConcurrency = options.environmentConcurrency ?? DEFAULT_ENVIRONMENT_CONCURRENCY;
    this.maxConcurrency = Math.min(
      options.spec.maxConcurrency ?? DEFAULT_MAX_CONCURRENCY,
      MAX_ENVIRONMENTS * this.#environmentConcurrency,
    );
  }

  /**
   * @param client signal of a client that waits for the response. While no environment has room, the client may give up or be
   * refused
   */
  invoke(payload: string, client?: AbortSignal): Promise<InvokeResult> {
    return new Promise((settle) => {
      const invocation = { requestId: randomUUID(), payload, settle };
      if (this.#closed) return settle(refusedWhileClosing(invocation));
      if (client?.aborted) return settle(withdrawn(invocation));
      this.#waiting.add(invocation);
      this.#dispatch();
      if (client && !this.#keepWaiting(invocation, client)) settle(throttled(invocation));
    });
  }

  #keepWaiting(invocation: Invocation, client: AbortSignal): boolean {
    return this.#waiting.bindToClient(invocation, client, () => {
      invocation.settle(withdrawn(invocation));
      // It may have been the last waiting invocation, or the large one that nothing was allowed to overtake any more.
      this.#dispatch();
    });
  }

  /** Starts the first environment before the first invocation. Resolves when it is ready or has failed to start. */
  warm(): Promise<void> {
    if (this.#closed || this.#environments.size > 0) return Promise.resolve();
    this.#start();
    return new Promise((resolve) => this.#startWaiters.push(resolve));
  }

  /** Resolves when no invocation runs or waits. */
  whenIdle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Refuses waiting invocations, gives running ones `graceMs` to finish, and then ends the workers. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#reaper?.cancel();
    clearTimeout(this.#stallCheck);
    for (const invocation of this.#waiting.takeAll()) invocation.settle(refusedWhileClosing(invocation));
    let timer: NodeJS.Timeout | undefined;
    const graceOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([this.whenIdle(), graceOver]);
    clearTimeout(timer);
    await Promise.all([...this.#environments].map((environment) => environment.terminate()));
  }

  /**
   * Hands waiting invocations to environments with room, in order of arrival, and starts another environment if none has room.
   */
  #dispatch(): void {
    while (this.#running < this.maxConcurrency) {
      const next = this.#waiting.takeFor((invocation) => this.#environmentFor(invocation));
      if (!next) break;
      this.#run(next.place, next.invocation);
    }
    this.#grow();
    this.#armReaper();
    this.#notifyIdle();
  }

  /** The oldest environment that has room: its code is compiled best, and the others can become idle and be reaped. */
  #environmentFor(invocation: Invocation): ExecutionEnvironment | undefined {
    for (const environment of this.#environments) if (environment.hasRoomFor(invocation)) return environment;
    return undefined;
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

  /** Starts environments for the waiting invocations, within the limits. */
  #grow(): void {
    while (this.#wantsMore() && (this.#environments.size < availableParallelism() || this.#isStalled())) this.#start();
  }

  #wantsMore(): boolean {
    const wanted = Math.ceil(this.#waiting.count / this.#environmentConcurrency);
    return (
      !this.#closed &&
      this.#running < this.maxConcurrency &&
      this.#starting < Math.min(wanted, MAX_CONCURRENT_STARTS) &&
      this.#environments.size < MAX_ENVIRONMENTS
    );
  }

  #start(): void {
    this.#starting += 1;
    this.#environments.add(
      new ExecutionEnvironment({
        ...this.#options,
        variables: { ...this.#options.variables, AWS_LAMBDA_LOG_STREAM_NAME: this.#logStreamName() },
        maxConcurrency: this.#environmentConcurrency,
        onReady: () => {
          this.#started();
          this.#finished();
        },
        onFinished: () => this.#finished(),
        onGone: (environment, initError) => this.#gone(environment, initError),
      }),
    );
  }

  #started(): void {
    this.#starting -= 1;
    for (const resolve of this.#startWaiters.splice(0)) resolve();
  }

  #isStalled(): boolean {
    const stalledForMs = performance.now() - this.#lastFinishedMs;
    if (stalledForMs >= STALLED_AFTER_MS) {
      // A further environment is only started after as long again.
      this.#lastFinishedMs = performance.now();
      return true;
    }
    this.#stallCheck ??= setTimeout(() => {
      this.#stallCheck = undefined;
      this.#grow();
    }, STALLED_AFTER_MS - stalledForMs);
    return false;
  }

  #finished(): void {
    this.#lastFinishedMs = performance.now();
    this.#dispatch();
  }

  /** Removes an environment that is gone. If it never started, the invocation that has waited longest fails, as on Lambda. */
  #gone(environment: ExecutionEnvironment, initError: FunctionErrorMessage | undefined): void {
    this.#environments.delete(environment);
    if (initError) {
      this.#started();
      const first = this.#waiting.takeOldest();
      first?.settle({ ok: false, requestId: first.requestId, ...failureOf(first.requestId, initError) });
    }
    this.#dispatch();
  }

  /** Sets a timer for the moment when the environment that has been idle for longest is due to be ended. */
  #armReaper(): void {
    if (this.#reaper || this.#closed) return;
    const oldestMs = Math.min(...[...this.#environments].flatMap(({ idleSinceElapsedMs }) => idleSinceElapsedMs ?? []));
    if (oldestMs === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#options;
    this.#reaper = clock.setTimer(oldestMs + IDLE_REAP_MS - clock.elapsedMs(), () => {
      this.#reaper = undefined;
      const dueMs = clock.elapsedMs() - IDLE_REAP_MS;
      for (const environment of this.#environments) {
        if ((environment.idleSinceElapsedMs ?? Number.POSITIVE_INFINITY) <= dueMs) void environment.terminate();
      }
      this.#armReaper();
    });
  }

  #notifyIdle(): void {
    if (this.#running > 0 || this.#waiting.count > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  /** `2026/01/31/[$LATEST]` and 32 hex characters. */
  #logStreamName(): string {
    const day = new Date(this.#options.clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '/');
    return `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  }
}
