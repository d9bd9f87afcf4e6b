import { exitCode, type Failure } from './failure.ts';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** Doubles each time, with some randomness so that clients don't retry all at once. */
export function retryDelayMs(failures: number): number {
  const ms = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
  return Math.round(ms * (0.8 + 0.4 * Math.random()));
}

/** Whether another try may go better: no network, a restart, a fault, too many requests. */
export function isTemporary({ exitCode: code, details: { status = 0 } }: Failure): boolean {
  return code === exitCode.unreachable || status >= 500 || status === 429;
}
