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
 * What one filter may cost for one event: a value that is looked at is a step, and a character that a pattern is held against
 * is one for each of its instructions. RE2JS takes 1 to 10 ns for such a step, so that the worst is about 20 ms.
 */
export const MAX_STEPS = 2_000_000;
