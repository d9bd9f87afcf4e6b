import type { DeliveryId } from '../../../core/ids.ts';
import { LineWaits } from './waits.ts';

/** The turns that are under way in one run. The deliveries of a turn are made one after the other, the turns side by side. */
export class LineTurns {
  readonly waits = new LineWaits();
  readonly #busy = new Map<string, Promise<void>>();
  /**
   * A delivery may be in the line twice, even in two turns if the order was changed in between. It must not be made twice at
   * the same time.
   */
  readonly #underWay = new Set<DeliveryId>();

  get areOver(): boolean {
    return this.#busy.size === 0;
  }

  isFree(turn: string, deliveryId: DeliveryId): boolean {
    return !this.#busy.has(turn) && !this.waits.has(turn) && !this.#underWay.has(deliveryId);
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
}
