import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { mayPass } from '../retry.ts';

export interface LookoutOptions {
  /** Whether its destination is enabled. @throws Failure when it is gone */
  readonly isEnabled: (signal: AbortSignal) => Promise<boolean>;
  /** Called whenever that has changed. */
  readonly onChange: (isEnabled: boolean) => void;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/**
 * Looks again and again whether the destination of a session is still there: Hawser leaves a connection open whose destination is
 * deleted, archived or disabled, and nothing comes over it any more.
 * @returns once it is aborted
 * @throws Failure when nothing will come any more
 */
export async function lookOut({ isEnabled, onChange, everyMs, signal }: LookoutOptions): Promise<void> {
  let wasEnabled = true;
  while (await slept(everyMs, signal)) {
    try {
      const enabled = await isEnabled(signal);
      if (signal.aborted) return;
      if (enabled !== wasEnabled) onChange(enabled);
      wasEnabled = enabled;
    } catch (error) {
      // At its end it deletes the destination itself.
      if (signal.aborted) return;
      // Whoever can't be reached at this moment is the connection's to tell.
      if (!(error instanceof Failure && mayPass(error))) throw error;
    }
  }
}

/** @returns whether it was to the end */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
}
