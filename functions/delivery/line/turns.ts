import type { DeliveryId } from '../../../core/ids.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { LineRow } from '../../stores/deliveries/lines.ts';
import { isInLine } from './view.ts';

interface Wait {
  readonly untilMs: number;
  /** The name of the attempt that a retry by hand would bring forward. */
  readonly next?: string;
}

/**
 * The turns of one run: which are under way, and which wait because their first delivery is to be tried again later. The
 * deliveries of a turn are made one after the other, the turns side by side.
 */
export class LineTurns {
  readonly #busy = new Map<string, Promise<void>>();
  readonly #waits = new Map<string, Wait>();
  /**
   * A delivery may be in the line twice, even in two turns if the order was changed in between. It must not be made twice at
   * the same time.
   */
  readonly #underWay = new Set<DeliveryId>();

  get areOver(): boolean {
    return this.#busy.size === 0;
  }

  isFree(turn: string, deliveryId: DeliveryId): boolean {
    return !this.#busy.has(turn) && !this.#waits.has(turn) && !this.#underWay.has(deliveryId);
  }

  /**
   * @param deliveries which are free
   * @param work on them; does not reject
   */
  begin(turn: string, deliveries: readonly DeliveryId[], work: Promise<void>): void {
    for (const id of deliveries) this.#underWay.add(id);
    const ended = work.then(() => {
      this.#busy.delete(turn);
      for (const id of deliveries) this.#underWay.delete(id);
    });
    this.#busy.set(turn, ended);
  }

  async over(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  /** Resolves when all but a few deliveries are done. */
  async nearlyOver(few: number): Promise<void> {
    while (this.#busy.size > 0 && this.#underWay.size > few) await Promise.race(this.#busy.values());
  }

  /** Lets a turn wait: its first delivery, and so everything behind it. */
  beginWait(turn: string, wait: Wait): void {
    this.#waits.set(turn, wait);
  }

  /** When the first wait is over, if a turn waits. */
  get earliestWaitEndMs(): number | undefined {
    return this.#waits.size > 0 ? Math.min(...this.#waits.values().map(({ untilMs }) => untilMs)) : undefined;
  }

  /** A retry by hand is put in the line: a turn that waits for that attempt goes on at once. */
  endWaitsRetriedByHand(rows: readonly LineRow[]): void {
    for (const [turn, { next }] of this.#waits) {
      if (next !== undefined && isInLine(next, rows)) this.#waits.delete(turn);
    }
  }
}

/**
 * Names the turn that a delivery belongs to. The deliveries of a turn are made one after the other; without an order, each
 * delivery is a turn of its own.
 */
export function turnOf({ group, job }: LineEntry): string {
  return group ?? job.deliveryId;
}
