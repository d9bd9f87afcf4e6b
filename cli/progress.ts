import { shortened } from './text-width.ts';

/** Where nobody looks on, a log gets a line so often at most. */
const LOG_MS = 10_000;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** How far something has come: one line that is rewritten in a terminal; elsewhere a line now and then, if it says anything new. */
export class Progress {
  readonly #stream: Stream;
  readonly #rewrites: boolean;
  #shown = '';
  #shownMs = Number.NEGATIVE_INFINITY;

  /** @param asLines also in a terminal, as for programs */
  constructor(asLines: boolean, stream: Stream = process.stderr, { TERM }: NodeJS.ProcessEnv = process.env) {
    this.#stream = stream;
    this.#rewrites = !asLines && stream.isTTY === true && TERM !== 'dumb';
  }

  show(text: string, nowMs: number): void {
    if (text === this.#shown || (!this.#rewrites && nowMs - this.#shownMs < LOG_MS)) return;
    this.#shown = text;
    this.#shownMs = nowMs;
    // A line that is broken by the edge can't be taken back.
    const columns = this.#stream.columns || text.length + 1;
    this.#stream.write(this.#rewrites ? `${START_OF_LINE}${shortened(text, columns - 1)}` : `${text}\n`);
  }

  /** What comes next stands on a line of its own. */
  end(): void {
    if (!this.#rewrites || this.#shown === '') return;
    this.#stream.write(START_OF_LINE);
    this.#shown = '';
  }
}

/** And nothing behind it: EL of ECMA-48. */
const START_OF_LINE = '\r\u001b[K';
