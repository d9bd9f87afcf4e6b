import type { HawserFunction } from './hawser-function.ts';

/**
 * Node looks host names up in libuv's threads, of which there are four by default, and libuv gives half of them at most to calls
 * that may take long, as these. So two names whose DNS server never answers, which takes the system's resolver ten seconds or more
 * to believe, would hold all look-ups of a function instance, and everybody's attempts would time out. No attempt's timeout frees
 * a thread.
 *
 * Of 64 threads, half are three for each of the ten attempts of a batch. A thread that waits costs some 20 KB of memory.
 * https://docs.libuv.org/en/v1.x/threadpool.html
 */
const THREADS = 64;

/** Not among the functions' own variables: libuv reads it, before any of their code runs. */
export const THREADS_VARIABLE = 'UV_THREADPOOL_SIZE';

/** For functions that connect to hosts of users' choice. */
export function giveThreadsForLookUps(fn: HawserFunction): void {
  fn.addEnvironment(THREADS_VARIABLE, String(THREADS));
}
