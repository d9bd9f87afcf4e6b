import { closeSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * The function's output, which the worker writes itself. A line then costs one system call in the worker and nothing in the main
 * thread, and whatever was logged before a crash is in the file.
 */
export class WorkerLog {
  readonly #path: string | undefined;
  #descriptor: number | undefined;
  #generation = 0;
  #bytes = 0;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Opens the file again after the runner has rotated it. */
  follow(generation: number): void {
    if (generation === this.#generation) return;
    this.#generation = generation;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  write(chunk: string | Uint8Array): void {
    if (this.#path === undefined) return;
    this.#descriptor ??= openSync(this.#path, 'a');
    this.#bytes += typeof chunk === 'string' ? writeSync(this.#descriptor, chunk) : writeSync(this.#descriptor, chunk);
  }

  /** Bytes written since the last call. */
  takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  /** Takes over what is written to `stream` (`process.stdout`, `process.stderr`), which stays a real stream. */
  capture(stream: Writable): void {
    stream._write = (chunk: string | Uint8Array, _encoding, done) => {
      this.write(chunk);
      done();
    };
    Object.defineProperty(stream, '_writev', { value: null });
  }
}
