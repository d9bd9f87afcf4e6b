/** The other side did not answer in time. */
export class TimeoutError extends Error {
  readonly code = 'TIMEOUT';

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
    this.name = 'TimeoutError';
  }
}

/** Starts a deadline now. The returned function tells how many milliseconds are left. */
export function startDeadline(timeoutSeconds: number, now = () => performance.now()): () => number {
  const deadlineMs = now() + timeoutSeconds * 1000;
  return () => Math.max(0, deadlineMs - now());
}

/**
 * Returns the result of `work`, or throws the error of `onTimeout` if that takes too long. For work that can't be stopped, or
 * that others also wait for.
 */
export async function withTimeout<Output>(
  timeoutMs: number,
  work: Promise<Output>,
  onTimeout: () => Error,
): Promise<Output> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(onTimeout()), timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Options of `net.connect` for how long one of several addresses of a host has to accept a connection, before the next is tried.
 * Node's default is 250 ms, and it never retries an address that it gave up. But a round trip around the world takes longer, and
 * a lost SYN is resent after 1 s and, if that is lost as well, after 3 s (RFC 6298 §2). 3 s allow for one lost SYN on any route.
 * Short timeouts are split three ways, so that two more addresses get a turn.
 */
export const timePerAddress = (timeoutMs: number) => ({
  autoSelectFamilyAttemptTimeout: Math.max(250, Math.min(3_000, Math.floor(timeoutMs / 3))),
});
