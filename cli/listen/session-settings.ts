/** How many requests a development server gets at a time, however many are waiting. */
export const MAX_CONCURRENCY = 10;

/** The time to reach this machine and return, and to fetch a body that did not fit into a frame. */
const MARGIN_SECONDS = 5;
/** The longest `timeout_seconds` of a destination: docs/api.md. */
const MAX_ATTEMPT_SECONDS = 60;

/** The longest that an attempt can wait for a program. */
export const MAX_AWAITED_SECONDS = MAX_ATTEMPT_SECONDS - MARGIN_SECONDS;

/**
 * The settings of a session's destination. Normally its attempts wait for the program's answer. If the program gets more time
 * than an attempt has, say because of a debugger, attempts don't wait: the program would be called again while it is stopped.
 * @param programSeconds how long the program may take
 */
export function sessionSettings(programSeconds: number) {
  return {
    config: { without_clients: 'hold', wait_for: programSeconds <= MAX_AWAITED_SECONDS ? 'answer' : 'receipt' },
    timeout_seconds: Math.min(programSeconds + MARGIN_SECONDS, MAX_ATTEMPT_SECONDS),
    // An attempt's time starts when it is sent. With more than are passed on at a time, they would spend it waiting for each
    // other.
    max_concurrency: MAX_CONCURRENCY,
    // Soon at first, so that a program that is being fixed gets the webhook again. The last retry is four days off, because a
    // dead letter would raise a whole team's alarm for a problem on one machine. A session ends before that and cancels what is
    // left.
    retry_max_attempts: 10,
    retry_backoff_type: 'exponential',
    retry_intervals: [5, 25, 120, 600, 3_600, 14_400, 86_400],
    // On a developer's machine, one failure says nothing about the next request.
    circuit_breaker: { enabled: false },
  };
}
