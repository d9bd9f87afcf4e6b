import { truncate } from './text-width.ts';

/** In a log that nobody is watching, there is at most one line in this time. */
const LOG_MS = 10_000;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * The progress of something. A terminal shows one line that is rewritten; elsewhere there is a line now and then, if it is new.
 */
export class Progress {
  readonly #stream: Stream;
  readonly #rewrites: boolean;
  #shown = '';
  #shownMs = Number.NEGATIVE_INFINITY;

  /** @param asLines prints lines even in a terminal, for programs */
  constructor(asLines: boolean, stream: Stream = process.stderr, { TERM }: NodeJS.ProcessEnv = process.env) {
    this.#stream = stream;
    this.#rewrites = !asLines && stream.isTTY === true && TERM !== 'dumb';
  }

  show(text: string, nowMs: number): void {
    if (text === this.#shown || (!this.#rewrites && nowMs - this.#shownMs < LOG_MS)) return;
    this.#shown = text;
    this.#shownMs = nowMs;
    // A line that wraps at the edge can't be rewritten.
    const columns = this.#stream.columns || text.length + 1;
    this.#stream.write(this.#rewrites ? `${START_OF_LINE}${truncate(text, columns - 1)}` : `${text}\n`);
  }

  /** Clears the line, so that what follows starts on a line of its own. */
  end(): void {
    if (!this.#rewrites || this.#shown === '') return;
    this.#stream.write(START_OF_LINE);
    this.#shown = '';
  }
}

/** Also erases the rest of the line: EL of ECMA-48. */
const START_OF_LINE = '\r\u001b[K';
