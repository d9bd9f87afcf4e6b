/** What a development server gets at a time, be it ever so much that has waited for it. */
export const AT_A_TIME = 10;

/** For the way to this machine and back, and for getting a body that did not fit into a frame. */
const MARGIN_SECONDS = 5;
/** The longest `timeout_seconds` of a destination: docs/api.md. */
const MAX_ATTEMPT_SECONDS = 60;

/** The longest that an attempt can wait for a program. */
export const MAX_AWAITED_SECONDS = MAX_ATTEMPT_SECONDS - MARGIN_SECONDS;

/**
 * The settings of the destination of a session. What the program answers is what its attempts came to; a program that is given
 * more time than an attempt has, to be looked at in a debugger, is not waited for: it would be called again while it stands still.
 * @param programSeconds how long the program may take
 */
export function sessionSettings(programSeconds: number) {
  return {
    config: { without_clients: 'hold', wait_for: programSeconds <= MAX_AWAITED_SECONDS ? 'answer' : 'receipt' },
    timeout_seconds: Math.min(programSeconds + MARGIN_SECONDS, MAX_ATTEMPT_SECONDS),
    // An attempt's time runs from when it is sent: more than are handed on at a time would spend theirs waiting for each other.
    max_concurrency: AT_A_TIME,
    // Soon at first: a program that is being mended gets the webhook again. The last of these is four days off, as a dead letter
    // would raise the alarm of a whole team for what is broken on one machine; a session ends before, and cancels what is left.
    retry_max_attempts: 10,
    retry_backoff_type: 'exponential',
    retry_intervals: [5, 25, 120, 600, 3_600, 14_400, 86_400],
    // What fails on a machine where programs are made says nothing of what comes next.
    circuit_breaker: { enabled: false },
  };
}
