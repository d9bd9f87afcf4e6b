import type { RetryRule } from './retry-rules.ts';

/**
 * When a failed delivery is tried again. Pure arithmetic: the caller passes the random number and the clock.
 */
export interface RetryPolicy {
  /** Retries after the first attempt, 0–10. */
  readonly maxRetries: number;
  readonly backoff: BackoffType;
  /** At least one interval, in seconds. */
  readonly intervalsSeconds: readonly [number, ...number[]];
  /** Which failures are tried again; `null`: all that are not permanent. */
  readonly retryOn: readonly RetryRule[] | null;
}

/** `exponential`: the next interval in the list, the last one repeated. `linear`: the first × the retry's number. `fixed`: the first. */
export const backoffTypes = ['exponential', 'linear', 'fixed'] as const;
type BackoffType = (typeof backoffTypes)[number];

/** 30 s, 5 min, 30 min, 2 h, 24 h: an outage of a day is survived without help. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 5,
  backoff: 'exponential',
  intervalsSeconds: [30, 300, 1800, 7200, 86_400],
  retryOn: null,
};

/** Deliveries that failed together must not come back together. */
const JITTER = 0.1;

/** A receiver may postpone a retry, but not park a delivery for longer than a day. */
export const MAX_RETRY_AFTER_SECONDS = 86_400;

/**
 * Whole seconds until the next try, or `undefined` when there are no retries left.
 *
 * @param retry number of the retry to come: 1 after the first attempt has failed
 * @param random uniform in [0, 1): spreads the delay by ±10 %
 * @param retryAfterSeconds what the receiver asked for: the earliest time, whatever the policy says
 */
export function retryDelaySeconds(
  policy: RetryPolicy,
  retry: number,
  random: number,
  retryAfterSeconds = 0,
): number | undefined {
  if (retry > policy.maxRetries) return undefined;
  const spread = intervalSeconds(policy, retry) * (1 + JITTER * (2 * random - 1));
  return Math.max(Math.round(spread), Math.min(Math.ceil(retryAfterSeconds), MAX_RETRY_AFTER_SECONDS));
}

function intervalSeconds({ backoff, intervalsSeconds }: RetryPolicy, retry: number): number {
  const [first] = intervalsSeconds;
  if (backoff === 'fixed') return first;
  if (backoff === 'linear') return first * retry;
  return intervalsSeconds[Math.min(retry, intervalsSeconds.length) - 1] ?? first;
}
