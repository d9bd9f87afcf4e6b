import { INITIAL_MEMORY_PAGES, MAX_MEMORY_PAGES } from '../limits.ts';

/**
 * The memory of one run. The run is over the first time it can't grow: QuickJS may then have no memory left to report an error, and the
 * caller would mistake that for success.
 */
export class SandboxMemory extends WebAssembly.Memory {
  #isExhausted = false;

  constructor() {
    super({ initial: INITIAL_MEMORY_PAGES, maximum: MAX_MEMORY_PAGES });
  }

  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  override grow(pages: number): number {
    try {
      return super.grow(pages);
    } catch (error) {
      this.#isExhausted = true;
      throw error;
    }
  }
}
