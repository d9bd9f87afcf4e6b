/** How a run has ended, and so when the next one is due. */
export type LineEnd =
  | { readonly kind: 'nothing_left' }
  /** All that is left waits until then. So does whatever arrives meanwhile, unless it has another key. */
  | { readonly kind: 'later'; readonly atMs: number; readonly waitsFor: 'slot' | 'retry' | 'retries_of_keys' }
  | { readonly kind: 'out_of_time' }
  /** The destination takes nothing now. Whatever changes that sends a message for a run. */
  | { readonly kind: 'held' }
  /** The run itself has failed, not one of its deliveries. Its message comes back. */
  | { readonly kind: 'broken'; readonly error: unknown };

export const OUT_OF_TIME = { kind: 'out_of_time' } as const satisfies LineEnd;
