import { attemptName } from '../../../core/deliveries/delivery.ts';
import type { LineRow } from '../../stores/deliveries/lines.ts';

interface Wait {
  readonly untilMs: number;
  /** The name of the attempt that a retry by hand would bring forward. */
  readonly next?: string;
}

/** The turns of one run that wait: their first delivery waits to be tried again, and so does everything behind it. */
export class LineWaits {
  readonly #waits = new Map<string, Wait>();

  get size(): number {
    return this.#waits.size;
  }

  /** When the first wait is over. */
  get firstEndMs(): number {
    return Math.min(...this.#waits.values().map(({ untilMs }) => untilMs));
  }

  has(turn: string): boolean {
    return this.#waits.has(turn);
  }

  begin(turn: string, wait: Wait): void {
    this.#waits.set(turn, wait);
  }

  /** A retry by hand is put in the line: a turn that waits for that attempt goes on at once. */
  endRetriedByHand(rows: readonly LineRow[]): void {
    for (const [turn, { next }] of this.#waits) {
      if (next !== undefined && isInLine(next, rows)) this.#waits.delete(turn);
    }
  }
}

export function isInLine(name: string, rows: readonly LineRow[]): boolean {
  return rows.some(({ waiting }) => waiting.some(({ job }) => attemptName(job) === name));
}
