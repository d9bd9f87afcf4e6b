import { exitCode, type Failure } from './failure.ts';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** Doubling, and never all at the same moment. */
export function retryAfter(failures: number): number {
  const ms = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
  return Math.round(ms * (0.8 + 0.4 * Math.random()));
}

/** What another try may find otherwise: no network, a restart, a fault, too many requests. */
export function mayPass({ exitCode: code, details: { status = 0 } }: Failure): boolean {
  return code === exitCode.unreachable || status >= 500 || status === 429;
}
