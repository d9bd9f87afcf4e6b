/**
 * What a run may cost. All but the last are counted, not timed, so that the outcome is the same on a slow machine.
 */

/**
 * The interrupt handler of QuickJS is called once for 10,000 turns of loops, calls of functions or steps back in a pattern: five
 * million in all, which takes from 50 to 200 ms of a core. https://github.com/bellard/quickjs/blob/master/quickjs.c (JS_INTERRUPT_COUNTER_INIT)
 */
export const MAX_TICKS = 500;

/**
 * Memory of a run's WebAssembly instance: 16 MiB that it starts with, 5 MiB of them its stack, and 32 MiB more. The limit of
 * QuickJS itself (JS_SetMemoryLimit) is of no use here: built by Emscripten, it counts 8 bytes for each allocation of any size.
 */
export const INITIAL_MEMORY_PAGES = 256;
export const MAX_MEMORY_PAGES = 768;

/** The program's stack, about 3,000 calls deep. Half a MiB of it takes up to 5 MiB of the thread's own. */
export const MAX_STACK_BYTES = 512 * 1024;
export const THREAD_STACK_MB = 16;

/** Brackets within each other in a body that is parsed. QuickJS turns such depths into JSON again in no time; it is quadratic. */
export const MAX_JSON_DEPTH = 500;

/** The result as JSON, in UTF-16 units: enough for a body of 1 MB even where each of its characters is one that JSON escapes by `\`. */
export const MAX_RESULT_LENGTH = 2 * 1024 * 1024;
/** Most servers refuse requests with more than 8 to 16 KB of headers. */
export const MAX_HEADERS_LENGTH = 16_384;

export const MAX_LOGS = 50;
/** Of a line of the log, and of the message of a failure; in UTF-16 units. */
export const MAX_MESSAGE_LENGTH = 1_000;

/**
 * For what QuickJS does without asking (`'x'.repeat(1e7).indexOf('y')` in a loop): the thread is ended then. Ten such runs in a
 * row leave a batch of deliveries 50 of its function's 90 seconds. Counted runs are done in a tenth of it, also with the third
 * of a core that a function of 512 MB has.
 */
export const HARD_TIMEOUT_MS = 4_000;
