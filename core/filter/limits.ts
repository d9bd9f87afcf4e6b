/**
 * Limits that are not the author's choice: a filter is read with its connection for each batch of events, and evaluated for each
 * event.
 */
export const MAX_FILTER_BYTES = 8 * 1024;
/** Operators with a value, in the whole filter. */
export const MAX_CONDITIONS = 100;
/** How deeply `$and`, `$or` and `$not` may be nested. */
export const MAX_GROUP_DEPTH = 8;
/** Names in the path of a field. */
export const MAX_PATH_LENGTH = 16;
export const MAX_LIST_LENGTH = 100;
export const MAX_TEXT_LENGTH = 1_024;
export const MAX_PATTERN_LENGTH = 256;
/** Instructions that a pattern compiles to: repetitions are written out, so `(a{100}){9}` has over 900. */
export const MAX_PATTERN_SIZE = 500;

/**
 * What a filter may cost for one event, and all filters of an event together. Looking at a value is a step of up to 90 ns, so the
 * worst case is 180 ms of a core, and 18 s for a batch of a hundred such events.
 */
export const MAX_STEPS = 2_000_000;
/**
 * What each filter may cost in any case, which is more than most cost: so no other connection can keep it from being evaluated.
 */
export const MIN_STEPS = 5_000;

/**
 * Steps per character and instruction of the pattern. RE2JS takes 1 to 10 ns if it already has the state that the text leads to,
 * and 50 to 60 if it has to build it, as for each character of random `a` and `x` with `a.{200}[yz]`.
 */
export const STEPS_PER_INSTRUCTION = 5;
