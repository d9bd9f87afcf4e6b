import { Worker } from 'node:worker_threads';
import { clip } from '../clip.ts';
import { FairTurns } from '../fair-turns.ts';
import { THREAD_STACK_MB } from '../limits.ts';
import { failure } from './failures.ts';
import { threadFile } from './files.ts';
import type { SandboxAnswer, SandboxRequest } from './messages.ts';

/**
 * The sandbox's thread, seen from outside: started for the first run, and again after it had to be terminated. Only runs wait for each
 * other, and those of slow programs wait longer than others.
 */
export class SandboxHost {
  readonly #timeoutMs: number;
  readonly #file: URL;
  readonly #turns = new FairTurns();
  #thread: Promise<Worker> | undefined;

  constructor(timeoutMs: number, file = threadFile) {
    this.#timeoutMs = timeoutMs;
    this.#file = file;
  }

  /** Rejects only if the thread can't be started. */
  run(request: SandboxRequest): Promise<SandboxAnswer> {
    return this.#turns.run(request.code, () => this.#run(request));
  }

  async #startedThread(): Promise<Worker> {
    this.#thread ??= startThread(this.#file);
    try {
      return await this.#thread;
    } catch (error) {
      this.#thread = undefined;
      throw error;
    }
  }

  async #run(request: SandboxRequest): Promise<SandboxAnswer> {
    const thread = await this.#startedThread();
    const { promise, resolve } = Promise.withResolvers<SandboxAnswer>();
    const end = (message: string) => {
      this.#thread = undefined;
      resolve({ ...failure(message), logs: [] });
      return thread.terminate();
    };
    const timer = setTimeout(end, this.#timeoutMs, `takes too long: stopped after ${this.#timeoutMs / 1_000} s`);
    const onError = ({ message }: Error) => end(clip(`broke the sandbox that it ran in: ${message}`));
    const onExit = () => end('broke the sandbox that it ran in');
    thread.once('message', resolve).once('error', onError).once('exit', onExit).ref();
    thread.postMessage(request);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      // An idle thread must not keep the process alive.
      thread.off('message', resolve).off('error', onError).off('exit', onExit).unref();
    }
  }
}

async function startThread(file: URL): Promise<Worker> {
  const thread = new Worker(file, {
    // The thread needs nothing of the process: neither flags, such as a test runner's, nor credentials.
    argv: [],
    execArgv: [],
    env: {},
    resourceLimits: { stackSizeMb: THREAD_STACK_MB },
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = (code: number) =>
    reject(new Error(`the sandbox's thread ended with code ${code} before it was ready`));
  thread.once('message', resolve).once('error', reject).once('exit', onExit);
  await ready;
  thread.off('error', reject).off('exit', onExit).unref();
  return thread;
}
