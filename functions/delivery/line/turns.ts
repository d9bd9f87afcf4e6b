import type { DeliveryId } from '../../../core/ids.ts';
import { LineWaits } from './waits.ts';

/** What goes on in one run, by turn: one delivery after the other in each, and the turns side by side. */
export class LineTurns {
  readonly waits = new LineWaits();
  readonly #busy = new Map<string, Promise<void>>();
  /** One may stand in line twice, as of several turns where the order was changed in between: it is made once at a time. */
  readonly #underWay = new Set<DeliveryId>();

  get areOver(): boolean {
    return this.#busy.size === 0;
  }

  isFree(turn: string, deliveryId: DeliveryId): boolean {
    return !this.#busy.has(turn) && !this.waits.has(turn) && !this.#underWay.has(deliveryId);
  }

  /** @param work of these deliveries, which are free; does not reject */
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
