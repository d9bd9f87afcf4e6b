/**
 * What a filter may be, so that none of it is the author's choice: it is read with its connection for each batch of events, and
 * looked at for each event.
 */
export const MAX_FILTER_BYTES = 8 * 1024;
/** Operators with a value, over the whole filter. */
export const MAX_CONDITIONS = 100;
/** `$and`, `$or` and `$not` within each other. */
export const MAX_GROUP_DEPTH = 8;
/** Names on the way to a field. */
export const MAX_PATH_LENGTH = 16;
export const MAX_LIST_LENGTH = 100;
export const MAX_TEXT_LENGTH = 1_024;
export const MAX_PATTERN_LENGTH = 256;
/** Instructions that a pattern compiles to: repetitions are written out, so `(a{100}){9}` has over 900. */
export const MAX_PATTERN_SIZE = 500;

/**
 * What a filter may cost for one event, and all filters of an event together: a value that is looked at is a step, of up to 90 ns,
 * so that the worst is 180 ms of a core, and a batch of a hundred such events 18 s.
 */
export const MAX_STEPS = 2_000_000;
/** What each filter may cost in any case, which is more than most do: so no other connection can keep it from being asked. */
export const MIN_STEPS = 5_000;

/**
 * Steps for each character and each instruction of the pattern that it is held against. RE2JS takes 1 to 10 ns where it has met the
 * state that the text leads to, and 50 to 60 where it has to make it: for each character of random `a` and `x` with `a.{200}[yz]`.
 */
export const STEPS_PER_INSTRUCTION = 5;
