import { INITIAL_MEMORY_PAGES, MAX_MEMORY_PAGES } from './limits.ts';

/**
 * The memory of one run. Knows when the program wanted more than there is, since QuickJS, then, has often nothing left for an
 * error that says so.
 */
export class SandboxMemory extends WebAssembly.Memory {
  isExhausted = false;

  constructor() {
    super({ initial: INITIAL_MEMORY_PAGES, maximum: MAX_MEMORY_PAGES });
  }

  /** Emscripten asks for more than it needs first, and for less when that fails: the last answer counts. */
  override grow(pages: number): number {
    this.isExhausted = true;
    const before = super.grow(pages);
    this.isExhausted = false;
    return before;
  }
}
