import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A log file that has grown this large is renamed to `.1`, replacing the one before, so two files are kept. */
const MAX_LOG_FILE_BYTES = 10 * 1024 * 1024;

/**
 * The log file of one function. Its workers write to it themselves (`worker/log.ts`) and report how much. This class only decides
 * when the file is full. Each invocation carries the generation, so that workers move on to the new file.
 */
export class FunctionLog {
  readonly path: string;
  #bytes: number;
  #generation = 0;

  constructor(directory: string, functionName: string) {
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, `${functionName}.log`);
    this.#bytes = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Counts bytes that a worker has written, and rotates the file when it is full. */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < MAX_LOG_FILE_BYTES) return;
    this.#try(() => renameSync(this.path, `${this.path}.1`));
    this.#bytes = 0;
    this.#generation += 1;
  }

  /** Appends a line of the platform itself, such as a timeout. */
  appendPlatformLine(line: string): void {
    this.#try(() => appendFileSync(this.path, `${line}\n`));
    this.countBytes(line.length + 1);
  }

  /** Reports that lines are lost. */
  reportLoss(reason: string): void {
    process.stderr.write(`hawser: the log ${this.path} can't be written, lines are lost: ${reason}\n`);
  }

  /** If somebody deleted the file or the disk is full, log lines are lost, but nothing else may fail. */
  #try(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.reportLoss(String(error));
    }
  }
}
