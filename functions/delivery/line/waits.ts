import { attemptName } from '../../../core/deliveries/delivery.ts';
import type { LineRow } from '../../stores/deliveries/lines.ts';
import type { TurnResult } from './deliveries.ts';

type Wait = Pick<Extract<TurnResult, { readonly kind: 'waits' }>, 'untilMs' | 'next'>;

/** The turns of one run that wait: their first delivery waits for its retry, and so does everything behind it. */
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
      if (isInLine(next, rows)) this.#waits.delete(turn);
    }
  }
}

export function isInLine(name: string, rows: readonly LineRow[]): boolean {
  return rows.some(({ waiting }) => waiting.some(({ job }) => attemptName(job) === name));
}
