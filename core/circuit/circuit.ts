import type { DeliveryId } from '../ids.ts';

/**
 * The circuit breaker of a destination:
 *
 *     closed ──threshold of failures in a row──▶ open ──cooldown is over──▶ half_open ──success──▶ closed
 *                                                 ▲                            │
 *                                                 └──failure: twice as long────┘
 *
 * While it is open, deliveries are held. When the cooldown is over, one of them is the probe, which decides. The transitions are
 * pure: the caller provides the clock, and stores the result only if the circuit has not changed in the meantime.
 */
export type Circuit = ClosedCircuit | OpenCircuit | HalfOpenCircuit;
export const circuitStates = ['closed', 'open', 'half_open'] as const;

interface Common {
  /**
   * Counts changes of state. A message about a change carries its epoch, which tells whether the change still is the latest.
   */
  readonly epoch: number;
  /** Failures in a row, probes included. */
  readonly failures: number;
  readonly lastFailureAtMs?: number;
}

export interface ClosedCircuit extends Common {
  readonly state: 'closed';
  /** When the first of the failures ended. */
  readonly failingSinceMs?: number;
}

interface NotClosed extends Common {
  /** When it opened; a failed probe does not change it. */
  readonly openedAtMs: number;
  readonly cooldownSeconds: number;
  /** The delivery of the last probe; absent before the first. */
  readonly probedWith?: DeliveryId;
}

export interface OpenCircuit extends NotClosed {
  readonly state: 'open';
  readonly probeAtMs: number;
}

export interface HalfOpenCircuit extends NotClosed {
  readonly state: 'half_open';
  readonly probeStartedAtMs: number;
}

/** What a destination's owner may set. */
export interface CircuitBreaker {
  readonly enabled: boolean;
  /** Failures in a row that open it. */
  readonly failureThreshold: number;
  /** The first cooldown; each failed probe doubles it. */
  readonly cooldownSeconds: number;
}

export const DEFAULT_CIRCUIT_BREAKER: CircuitBreaker = { enabled: true, failureThreshold: 5, cooldownSeconds: 60 };
export const MAX_COOLDOWN_SECONDS = 3_600;

/**
 * A probe without an outcome after this time was lost with the function that made it, whose life is shorter:
 * test/template/functions.test.ts compares the two.
 */
export const PROBE_LEASE_SECONDS = 120;

/** The circuit of a destination with nothing recorded. */
export const NEW_CIRCUIT: ClosedCircuit = { state: 'closed', epoch: 0, failures: 0 };

/** The attempts at a destination that one function instance made in a batch. */
export interface Observation {
  /** Whether one of them succeeded. */
  readonly succeeded: boolean;
  /** When the failures after the last of these successes ended, in order. */
  readonly failedAtMs: readonly number[];
  /** When the last success ended that the instance saw in earlier batches. */
  readonly lastSuccessAtMs?: number | undefined;
}

/**
 * Counts attempts other than probes. An instance that sees only successes records nothing, so the failures of many instances
 * would add up without the successes between them. Therefore an instance that has seen a success since the recorded failures
 * began discards those, and counts only its own.
 * @returns the same circuit if nothing changes: attempts that were under way when it opened decide nothing
 */
export function observe(
  circuit: Circuit,
  seen: Observation,
  breaker: Omit<CircuitBreaker, 'enabled'>,
  nowMs: number,
): Circuit {
  if (circuit.state !== 'closed') return circuit;
  const { succeeded, failedAtMs, lastSuccessAtMs = 0 } = seen;
  const { failingSinceMs = 0 } = circuit;
  const isBroken = circuit.failures > 0 && (succeeded || lastSuccessAtMs > failingSinceMs);
  if (failedAtMs.length === 0 && !isBroken) return circuit;
  const counted = isBroken ? 0 : circuit.failures;
  const failures = counted + failedAtMs.length;
  const lastFailureAtMs = failedAtMs.at(-1) ?? circuit.lastFailureAtMs;
  const common = { epoch: circuit.epoch, failures, ...(lastFailureAtMs !== undefined && { lastFailureAtMs }) };
  if (failures >= breaker.failureThreshold) {
    return open(common, nowMs, breaker.cooldownSeconds, nowMs);
  }
  const since = counted > 0 ? circuit.failingSinceMs : failedAtMs[0];
  return { ...common, state: 'closed', ...(since !== undefined && { failingSinceMs: since }) };
}

function open(before: Common, openedAtMs: number, cooldownSeconds: number, nowMs: number): OpenCircuit {
  const { epoch, failures, lastFailureAtMs } = before;
  return {
    state: 'open',
    epoch: epoch + 1,
    failures,
    ...(lastFailureAtMs !== undefined && { lastFailureAtMs }),
    openedAtMs,
    cooldownSeconds,
    probeAtMs: nowMs + cooldownSeconds * 1000,
  };
}

/** When the next probe is due. If the circuit is half-open, that is for the case that the present probe's outcome is lost. */
export function nextProbeAtMs(circuit: OpenCircuit | HalfOpenCircuit): number {
  return circuit.state === 'open' ? circuit.probeAtMs : circuit.probeStartedAtMs + PROBE_LEASE_SECONDS * 1000;
}

export function isProbeDue(circuit: Circuit, nowMs: number): circuit is OpenCircuit | HalfOpenCircuit {
  return circuit.state !== 'closed' && nowMs >= nextProbeAtMs(circuit);
}

/** @returns the same circuit if no probe is due */
export function beginProbe(circuit: Circuit, probedWith: DeliveryId, nowMs: number): Circuit {
  if (!isProbeDue(circuit, nowMs)) return circuit;
  const { epoch, failures, lastFailureAtMs, openedAtMs, cooldownSeconds } = circuit;
  return {
    state: 'half_open',
    epoch: epoch + 1,
    failures,
    ...(lastFailureAtMs !== undefined && { lastFailureAtMs }),
    openedAtMs,
    cooldownSeconds,
    probedWith,
    probeStartedAtMs: nowMs,
  };
}

/**
 * @param epoch the one that the probe began
 * @returns the same circuit if another probe has begun since, or somebody has reset it
 */
export function endProbe(circuit: Circuit, epoch: number, succeeded: boolean, nowMs: number): Circuit {
  if (circuit.state !== 'half_open' || circuit.epoch !== epoch) return circuit;
  if (succeeded) return close(circuit);
  const { openedAtMs, cooldownSeconds, probedWith } = circuit;
  const failed = { epoch, failures: circuit.failures + 1, lastFailureAtMs: nowMs };
  const opened = open(failed, openedAtMs, Math.min(2 * cooldownSeconds, MAX_COOLDOWN_SECONDS), nowMs);
  return { ...opened, ...(probedWith !== undefined && { probedWith }) };
}

/**
 * Closes the circuit, whatever it was. One that is closed gets a new epoch, too, so that what is held is released once more.
 */
export function close({ epoch, lastFailureAtMs }: Circuit): ClosedCircuit {
  return {
    state: 'closed',
    epoch: epoch + 1,
    failures: 0,
    ...(lastFailureAtMs !== undefined && { lastFailureAtMs }),
  };
}

/** Closes the circuit because the breaker is off. @returns the same circuit if it is closed and has nothing counted */
export function switchOff(circuit: Circuit): Circuit {
  return circuit.state === 'closed' && circuit.failures === 0 ? circuit : close(circuit);
}
