import { closeSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * The function's output, which the worker writes itself. A line then costs one system call in the worker and nothing in the main
 * thread, and whatever was logged before a crash is in the file.
 */
export class WorkerLog {
  readonly #path: string | undefined;
  readonly #onLoss: (error: unknown) => void;
  #descriptor: number | undefined;
  #generation = 0;
  #bytes = 0;
  #isLosing = false;
  /** Whether the last line in the file lacks its end. */
  #isCut = false;

  /** @param onLoss hears that the file can't be written: once, and again if it could be written meanwhile */
  constructor(path: string | undefined, onLoss: (error: unknown) => void) {
    this.#path = path;
    this.#onLoss = onLoss;
  }

  /** Opens the file again after the runner has rotated it. */
  follow(generation: number): void {
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#isCut = false;
    this.#close();
  }

  /** Never throws: if the disk is full or the folder is gone, log lines are lost, but nothing else may fail. */
  write(chunk: string | Uint8Array): void {
    if (this.#path === undefined) return;
    try {
      this.#descriptor ??= openSync(this.#path, 'a');
      if (this.#isCut) this.#append(this.#descriptor, '\n');
      this.#append(this.#descriptor, chunk);
      this.#isLosing = false;
    } catch (error) {
      this.#close();
      if (!this.#isLosing) this.#onLoss(error);
      this.#isLosing = true;
    }
  }

  /** A full disk takes a part without an error, and refuses the rest. */
  #append(descriptor: number, chunk: string | Uint8Array): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let from = 0; from < bytes.byteLength; ) {
      const written = writeSync(descriptor, bytes, from);
      from += written;
      this.#bytes += written;
      this.#isCut = from < bytes.byteLength;
    }
  }

  #close(): void {
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    try {
      closeSync(descriptor);
    } catch {
      // It is closed in any case. The error is about an earlier write.
    }
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
