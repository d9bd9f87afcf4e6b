import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A helper process of the benchmark. It reports its port when it starts, and answers messages one at a time. */
export class Child {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(file: string, ...args: string[]): Promise<Child> {
    const child = fork(join(import.meta.dirname, file), args);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Child(child, port);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async ask<Reply>(message: string): Promise<Reply> {
    const reply = once(this.#process, 'message');
    this.#process.send(message);
    return (await reply)[0] as Reply;
  }

  stop(): void {
    this.#process.disconnect();
  }
}
