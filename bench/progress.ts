/** One line on the terminal that is written over; nothing but the last line where there is no terminal. */
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
