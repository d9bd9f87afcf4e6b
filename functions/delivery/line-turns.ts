import { LineWaits } from './line-waits.ts';

/** What goes on in one run, by turn: one delivery after the other in each, and the turns side by side. */
export class LineTurns {
  readonly waits = new LineWaits();
  readonly #busy = new Map<string, Promise<void>>();
  #pending = 0;

  get areOver(): boolean {
    return this.#busy.size === 0;
  }

  isFree(turn: string): boolean {
    return !this.#busy.has(turn) && !this.waits.has(turn);
  }

  /** @param work of so many deliveries; does not reject */
  begin(turn: string, count: number, work: Promise<void>): void {
    this.#pending += count;
    const ended = work.then(() => {
      this.#busy.delete(turn);
      this.#pending -= count;
    });
    this.#busy.set(turn, ended);
  }

  async over(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  /** Resolves when all but a few deliveries are done. */
  async nearlyOver(few: number): Promise<void> {
    while (this.#busy.size > 0 && this.#pending > few) await Promise.race(this.#busy.values());
  }
}
