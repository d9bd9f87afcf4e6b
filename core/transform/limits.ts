/**
 * What a run may cost. All but the last are counted, not timed, so that the outcome is the same on a slow machine.
 */

/**
 * The interrupt handler of QuickJS is called once for 10,000 turns of loops, calls of functions or steps back in a pattern: five
 * million in all, which takes from 50 to 200 ms of a core. https://github.com/bellard/quickjs/blob/master/quickjs.c (JS_INTERRUPT_COUNTER_INIT)
 */
export const MAX_TICKS = 500;

/**
 * Memory of a run's WebAssembly instance, 64 MiB, 5 of them its stack: JSON of 4.5 MB, all that ingest takes, is up to 50 when it is
 * parsed and written again. The limit of QuickJS itself (JS_SetMemoryLimit) is of no use: built by Emscripten, it counts 8 bytes
 * for an allocation of any size (js_def_malloc_usable_size).
 */
export const INITIAL_MEMORY_PAGES = 256;
export const MAX_MEMORY_PAGES = 1024;

/** The program's stack, about 3,000 calls deep. Half a MiB of it takes up to 5 MiB of the thread's own. */
export const MAX_STACK_BYTES = 512 * 1024;
export const THREAD_STACK_MB = 16;

/** Brackets within each other in a body that is parsed. QuickJS turns such depths into JSON again in no time; it is quadratic. */
export const MAX_JSON_DEPTH = 500;

/**
 * The result as JSON, in UTF-16 units: 10 MiB, so that all that ingest takes (4.5 MB) can be passed on in base64, or as text half
 * of which is escaped. What is taken over and checked in the function's own thread is not larger: some 50 ms of it.
 */
export const MAX_RESULT_LENGTH = 10 * 1024 * 1024;
/**
 * Brackets within each other in it: of some thousand V8 writes no JSON, though it reads them. Twice those that are parsed, for what a
 * program puts around a body.
 */
export const MAX_RESULT_DEPTH = 2 * MAX_JSON_DEPTH;
/** Most servers refuse requests with more than 8 to 16 KB of headers. */
export const MAX_HEADERS_LENGTH = 16_384;

export const MAX_LOGS = 50;
/** Of a line of the log, and of the message of a failure; in UTF-16 units. */
export const MAX_MESSAGE_LENGTH = 1_000;

/**
 * For what QuickJS does without asking (`'x'.repeat(1e7).indexOf('y')` in a loop): the thread is ended then. Counted runs are done
 * in a tenth of it, also with the third of a core that a function of 512 MB has; a body of 4.5 MB, read as JSON and passed on, in
 * half of it. Ten such programs in one batch of deliveries, one after the other, leave 40 of the function's 90 seconds. An attempt of
 * the same batch that begins after them and takes longer is cut off with the function, and made again.
 */
export const HARD_TIMEOUT_MS = 5_000;
