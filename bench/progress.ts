/** One line on the terminal that is overwritten. Without a terminal, only the final line is printed. */
export class Progress {
  readonly #name: string;
  #shownMs = 0;

  constructor(name: string) {
    this.#name = name;
  }

  show(text: string): void {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.#shownMs < 100) return;
    this.#shownMs = nowMs;
    process.stderr.write(`\r\u001b[K${this.#name}: ${text}`);
  }

  done(text: string): void {
    process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${this.#name}: ${text}\n`);
  }
}
