import { INITIAL_MEMORY_PAGES, MAX_MEMORY_PAGES } from '../limits.ts';

/**
 * The memory of one run. The first time that it is refused more, the run is over: QuickJS, then, may have nothing left for an
 * error that says so, and its caller takes what it can't say for success.
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
