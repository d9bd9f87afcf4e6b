import type { Stuck } from '../stores/deliveries/line-progress.ts';

/** How a run has ended, and so when the next one is due. */
export type LineEnd =
  | { readonly kind: 'nothing_left' }
  /** All that is left waits: for its slot, or for retries. In the latter case others may come that need not. */
  | { readonly kind: 'later'; readonly atMs: number; readonly wholeLine: boolean }
  | { readonly kind: 'out_of_time' }
  /** The destination takes nothing; what changes that asks for a run. */
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly stuck: Stuck };

export const OUT_OF_TIME = { kind: 'out_of_time' } as const satisfies LineEnd;
