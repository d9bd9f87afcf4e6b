import type { HawserFunction } from './hawser-function.ts';

/**
 * Node looks up host names in libuv's threads. There are four by default, and libuv gives at most half of them to calls that may
 * take long, such as these. The system's resolver waits ten seconds or more for a DNS server that never answers. So two such names
 * would block all look-ups of a function instance, and everybody's attempts would time out. The timeout of an attempt does not free
 * its thread.
 *
 * Half of 64 threads are three for each of the ten attempts of a batch. A waiting thread costs some 20 KB of memory.
 * https://docs.libuv.org/en/v1.x/threadpool.html
 */
const THREADS = 64;

/** Not one of the functions' own variables: libuv reads it before any of their code runs. */
export const THREADS_VARIABLE = 'UV_THREADPOOL_SIZE';

/** For functions that connect to hosts that users choose. */
export function addNameLookupThreads(fn: HawserFunction): void {
  fn.addEnvironment(THREADS_VARIABLE, String(THREADS));
}
