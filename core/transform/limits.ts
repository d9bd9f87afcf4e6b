/**
 * Limits of a run. All but the last are counted, not timed, so the outcome is the same on a slow machine.
 */

/**
 * QuickJS calls its interrupt handler once per 10,000 loop iterations, function calls or backtracking steps of a pattern: five million
 * in all, which take 50 to 200 ms of a core. https://github.com/bellard/quickjs/blob/master/quickjs.c (JS_INTERRUPT_COUNTER_INIT)
 */
export const MAX_TICKS = 500;

/**
 * Memory of a run's WebAssembly instance: 64 MiB, 5 of which are its stack. JSON of 4.5 MB, the most that ingest accepts, takes up to
 * 50 MB when it is parsed and stringified again. QuickJS's own limit (JS_SetMemoryLimit) is useless here: in an Emscripten build it
 * counts 8 bytes for an allocation of any size (js_def_malloc_usable_size).
 */
export const INITIAL_MEMORY_PAGES = 256;
export const MAX_MEMORY_PAGES = 1024;

/** The program's stack, about 3,000 calls deep. This half MiB takes up to 5 MiB of the thread's own stack. */
export const MAX_STACK_BYTES = 512 * 1024;
export const THREAD_STACK_MB = 16;

/** Nesting of brackets in a body that is parsed. Stringifying takes QuickJS quadratic time, which is negligible up to this depth. */
export const MAX_JSON_DEPTH = 500;

/**
 * The result as JSON, in UTF-16 units: 10 MiB, so that the largest body that ingest accepts (4.5 MB) can be passed on in base64, or as
 * text with half of its characters escaped. It also bounds what the function's own thread parses and checks: some 50 ms of work.
 */
export const MAX_RESULT_LENGTH = 10 * 1024 * 1024;
/**
 * Nesting of brackets in the result. V8 parses some thousands of levels, but cannot stringify them. Twice the depth of a parsed body,
 * to leave room for what a program puts around it.
 */
export const MAX_RESULT_DEPTH = 2 * MAX_JSON_DEPTH;
/** Most servers refuse requests with more than 8 to 16 KB of headers. */
export const MAX_HEADERS_LENGTH = 16_384;

export const MAX_LOGS = 50;
/** Length of a log line or a failure's message, in UTF-16 units. */
export const MAX_MESSAGE_LENGTH = 1_000;

/**
 * For work that QuickJS does without calling the interrupt handler (`'x'.repeat(1e7).indexOf('y')` in a loop): the thread is then
 * terminated. Counted runs finish in a tenth of this time, even on the third of a core that a function of 512 MB has; a body of 4.5 MB
 * that is parsed and passed on takes half. Ten such programs one after the other in one batch of deliveries leave 40 of the function's
 * 90 seconds. An attempt of that batch that starts after them and takes longer is cut off with the function, and repeated.
 */
export const HARD_TIMEOUT_MS = 5_000;
