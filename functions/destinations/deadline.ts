/** The other side did not answer in time. */
export class TimeoutError extends Error {
  readonly code = 'TIMEOUT';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
    this.name = 'TimeoutError';
  }
}

/** Says how many milliseconds of the time that begins now are left. */
export function timeLeft(timeoutSeconds: number, now = () => performance.now()): () => number {
  const deadlineMs = now() + timeoutSeconds * 1000;
  return () => Math.max(0, deadlineMs - now());
}

/**
 * What comes of `work`, or the error of `late` where that takes too long: for work that can't be told to stop, or that others
 * wait for, too.
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
