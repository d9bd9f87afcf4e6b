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

/**
 * Options of `net.connect` for how long one of several addresses of a host has to accept a connection, before the next is tried.
 * By default that is 250 ms, and an address that was given up is not tried again. But a round trip around the world takes longer,
 * and a lost SYN is repeated after 1 s and, if that is lost as well, after 3 s (RFC 6298 §2): 3 s are enough for one that is lost,
 * with any round trip. Short timeouts are divided, so that two more addresses have a turn.
 */
export const timePerAddress = (timeoutMs: number) => ({
  autoSelectFamilyAttemptTimeout: Math.max(250, Math.min(3_000, Math.floor(timeoutMs / 3))),
});
