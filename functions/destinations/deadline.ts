/** The other side did not answer in time. */
export class TimeoutError extends Error {
  readonly code = 'TIMEOUT';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
    this.name = 'TimeoutError';
  }
}

/** Starts a timer now. The returned function says how many milliseconds are left. */
export function timeLeft(timeoutSeconds: number, now = () => performance.now()): () => number {
  const deadlineMs = now() + timeoutSeconds * 1000;
  return () => Math.max(0, deadlineMs - now());
}

/**
 * The result of `work`, or the error of `late` if that takes too long. For work that can't be stopped, or that others also wait
 * for.
 */
export async function within<Output>(timeoutMs: number, work: Promise<Output>, late: () => Error): Promise<Output> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
