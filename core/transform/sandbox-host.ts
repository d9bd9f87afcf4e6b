import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { THREAD_STACK_MB } from './limits.ts';
import { failure } from './sandbox-failures.ts';
import { threadFile } from './sandbox-files.ts';
import type { SandboxAnswer, SandboxRequest } from './sandbox-messages.ts';

/**
 * The sandbox's thread, seen from outside: started for the first run, and anew after one that had to be ended. Runs wait for
 * each other; nothing else does.
 */
export class SandboxHost {
  readonly #timeoutMs: number;
  #thread: Promise<Worker> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects only where there can be no thread. */
  ask(request: SandboxRequest): Promise<SandboxAnswer> {
    const answer = this.#last.then(() => this.#ask(request));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #startedThread(): Promise<Worker> {
    this.#thread ??= startThread();
    try {
      return await this.#thread;
    } catch (error) {
      this.#thread = undefined;
      throw error;
    }
  }

  async #ask(request: SandboxRequest): Promise<SandboxAnswer> {
    const thread = await this.#startedThread();
    const { promise, resolve } = Promise.withResolvers<SandboxAnswer>();
    const end = (message: string) => {
      this.#thread = undefined;
      resolve({ ...failure(message), logs: [] });
      return thread.terminate();
    };
    const timer = setTimeout(end, this.#timeoutMs, `takes too long: stopped after ${this.#timeoutMs / 1_000} s`);
    const onExit = () => end('broke the sandbox that it ran in');
    thread.once('message', resolve).once('exit', onExit).ref();
    thread.postMessage(request);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      // A thread that waits for work keeps no process alive.
      thread.off('message', resolve).off('exit', onExit).unref();
    }
  }
}

async function startThread(): Promise<Worker> {
  const thread = new Worker(threadFile, {
    // Nothing of the process is of use to it: neither its flags, such as those of a test runner, nor its credentials.
    argv: [],
    execArgv: [],
    env: {},
    resourceLimits: { stackSizeMb: THREAD_STACK_MB },
  });
  // `once` rejects on an error; one that comes later is told by the exit that follows it.
  await once(thread, 'message');
  thread.on('error', () => undefined);
  thread.unref();
  return thread;
}
