import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { isTemporary } from '../retry.ts';

export interface DestinationMonitorOptions {
  /** Whether its destination is enabled. @throws Failure when it is gone */
  readonly isEnabled: (signal: AbortSignal) => Promise<boolean>;
  /** Called whenever that changes. */
  readonly onChange: (isEnabled: boolean) => void;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/**
 * Checks regularly whether the destination of a session is still there. If it is deleted, archived or disabled, Hawser leaves the
 * connection open, but nothing comes over it any more.
 * @returns once `signal` is aborted
 * @throws Failure when nothing will come any more
 */
export async function monitorDestination({
  isEnabled,
  onChange,
  everyMs,
  signal,
}: DestinationMonitorOptions): Promise<void> {
  let wasEnabled = true;
  while (await slept(everyMs, signal)) {
    try {
      const enabled = await isEnabled(signal);
      if (signal.aborted) return;
      if (enabled !== wasEnabled) onChange(enabled);
      wasEnabled = enabled;
    } catch (error) {
      // When the session ends, it deletes the destination itself.
      if (signal.aborted) return;
      // If Hawser can't be reached at the moment, the connection reports that.
      if (!(error instanceof Failure && isTemporary(error))) throw error;
    }
  }
}

/** @returns whether it slept the whole time */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
}
