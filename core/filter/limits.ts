/**
 * Fixed limits on filters: a filter is read with its connection for each batch of events, and evaluated for each event.
 */
export const MAX_FILTER_BYTES = 8 * 1024;
/** Operators with an operand, in the whole filter. */
export const MAX_CONDITIONS = 100;
/** How deeply `$and`, `$or` and `$not` may be nested. */
export const MAX_GROUP_DEPTH = 8;
/** Names in the path of a field. */
export const MAX_PATH_LENGTH = 16;
export const MAX_LIST_LENGTH = 100;
export const MAX_TEXT_LENGTH = 1_024;
export const MAX_PATTERN_LENGTH = 256;
/** Instructions that a pattern compiles to: repetitions are expanded, so `(a{100}){9}` has over 900. */
export const MAX_PATTERN_SIZE = 500;

/**
 * Steps that one filter, and all filters of an event together, may take. Looking at a value is a step of up to 90 ns, so the worst
 * case is 180 ms of a core, and 18 s for a batch of a hundred such events.
 */
export const MAX_STEPS = 2_000_000;
/** Steps that every filter is guaranteed. Most need fewer, so the filters of other connections can't keep one from being evaluated. */
export const MIN_STEPS = 5_000;

/**
 * Steps per character of the text and instruction of the pattern. RE2JS takes 1 to 10 ns if it has already built the next state, and
 * 50 to 60 if it has to build it, as for each character of random `a` and `x` with `a.{200}[yz]`.
 */
export const STEPS_PER_INSTRUCTION = 5;
