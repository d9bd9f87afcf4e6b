/** Where an instance dies: at the step of this number, before it has an effect, or after that but before its answer is known. */
export interface Cut {
  readonly step: number;
  readonly side: 'before' | 'after';
}

/**
 * What a function instance does that others can see, step by step: calls of AWS and attempts. It may be cut off at any of them,
 * as by `kill -9`: from then on, nothing that it does has an effect, and it gets no more answers.
 */
export class Lifeline {
  /** What the steps were, in order. */
  readonly steps: string[] = [];
  /** Resolves when the instance is dead and what it had begun before has had its effect. */
  readonly death: Promise<void>;
  readonly #cut: Cut | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #died = Promise.withResolvers<void>();
  #isDead = false;

  constructor(cut?: Cut) {
    this.#cut = cut;
    this.death = this.#died.promise.then(() => this.#settled());
  }

  async step<T>(name: string, effect: () => Promise<T>): Promise<T> {
    if (this.#isDead) return never();
    const side = this.#cut?.step === this.steps.length ? this.#cut.side : undefined;
    this.steps.push(name);
    if (side === 'before') return this.#die();
    const running = effect();
    this.#underWay.add(running);
    try {
      const answer = await running;
      if (side !== 'after' && !this.#isDead) return answer;
    } catch (error) {
      if (side !== 'after' && !this.#isDead) throw error;
    } finally {
      this.#underWay.delete(running);
    }
    return this.#die();
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#died.resolve();
    return never();
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
