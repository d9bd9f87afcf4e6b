import type { AttemptOutcome } from '../../../core/figures/destination-figures.ts';

/** What came of a delivery whose turn it was. */
export type TurnResult =
  | { readonly kind: 'done'; readonly outcome?: AttemptOutcome }
  /** It keeps its place until its next attempt, and so does everything behind it in its group. */
  | {
      readonly kind: 'waits';
      readonly untilMs: number;
      /** The name of that attempt. */
      readonly next: string;
      readonly outcome?: AttemptOutcome;
    }
  /** Its row has moved on meanwhile: it is to be looked at again. */
  | { readonly kind: 'overtaken'; readonly outcome?: AttemptOutcome }
  /** Its destination takes nothing now. */
  | { readonly kind: 'held' }
  /** Hawser itself has failed on it. It keeps its place, and is tried again then. */
  | { readonly kind: 'stuck'; readonly untilMs: number }
  /** It keeps its place: the run is out of time, or there is no slot for it. */
  | { readonly kind: 'not_begun' };

export const NOT_BEGUN = { kind: 'not_begun' } as const satisfies TurnResult;

/** How a run has ended, and so when the next one is due. */
export type LineEnd =
  | { readonly kind: 'nothing_left' }
  /** All that is left waits until then. So does whatever arrives meanwhile, unless it has another key. */
  | {
      readonly kind: 'later';
      readonly atMs: number;
      readonly waitsFor: 'slot' | 'pauses' | 'retry' | 'retries_of_keys';
    }
  | { readonly kind: 'out_of_time' }
  /** The destination takes nothing now. Whatever changes that sends a message for a run. */
  | { readonly kind: 'held' }
  /** The run itself has failed, not one of its deliveries. Its message comes back. */
  | { readonly kind: 'broken'; readonly error: unknown };

export const OUT_OF_TIME = { kind: 'out_of_time' } as const satisfies LineEnd;
