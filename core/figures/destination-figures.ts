import { countOf, histogramOf, type LatencyHistogram, mergeHistograms } from './latency-histogram.ts';

/**
 * Figures count attempts, each when it has ended, whatever happens to its delivery: while a receiver is down, its
 * deliveries are `retrying` for a day before they are dead, but its figures must show that within a minute.
 */
export interface AttemptOutcome {
  /**
   * Whether it was the first attempt of its delivery. A delivery has one such attempt, however often it is retried and
   * replayed.
   */
  readonly isFirst: boolean;
  readonly succeeded: boolean;
  readonly durationMs: number;
  readonly endedAtMs: number;
}

/** The outcome of some attempts. Figures of several batches or time slots are merged by adding them. */
export interface Figures {
  /** How many were the first attempt of their delivery. */
  readonly begun: number;
  readonly failed: number;
  /** Sum over all attempts, failed ones too: a receiver that hangs shows in its latency. */
  readonly latencyMs: number;
  /** Of all attempts, so that its count is their number. */
  readonly latencies: LatencyHistogram;
}

/** The outcome of all attempts that a destination ever had. */
export interface LifetimeFigures {
  readonly total: number;
  readonly failed: number;
  readonly latencyMs: number;
  readonly lastSuccessAtMs?: number;
  readonly lastFailureAtMs?: number;
}

export const NO_LIFETIME_FIGURES: LifetimeFigures = { total: 0, failed: 0, latencyMs: 0 };

export function figuresOf(outcomes: readonly AttemptOutcome[]): Figures {
  return {
    begun: outcomes.filter(({ isFirst }) => isFirst).length,
    failed: outcomes.filter(({ succeeded }) => !succeeded).length,
    latencyMs: outcomes.reduce((sum, { durationMs }) => sum + durationMs, 0),
    latencies: histogramOf(outcomes.map(({ durationMs }) => durationMs)),
  };
}

export function mergeFigures(parts: readonly Figures[]): Figures {
  return {
    begun: parts.reduce((sum, { begun }) => sum + begun, 0),
    failed: parts.reduce((sum, { failed }) => sum + failed, 0),
    latencyMs: parts.reduce((sum, { latencyMs }) => sum + latencyMs, 0),
    latencies: mergeHistograms(parts.map(({ latencies }) => latencies)),
  };
}

export function lifetimeFiguresOf(outcomes: readonly AttemptOutcome[]): LifetimeFigures {
  const { failed, latencyMs, latencies } = figuresOf(outcomes);
  const lastSuccessAtMs = lastEnd(outcomes.filter(({ succeeded }) => succeeded));
  const lastFailureAtMs = lastEnd(outcomes.filter(({ succeeded }) => !succeeded));
  return {
    total: countOf(latencies),
    failed,
    latencyMs,
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
    ...(lastFailureAtMs !== undefined && { lastFailureAtMs }),
  };
}

export function addLifetimes(before: LifetimeFigures, added: LifetimeFigures): LifetimeFigures {
  const lastSuccessAtMs = later(before.lastSuccessAtMs, added.lastSuccessAtMs);
  const lastFailureAtMs = later(before.lastFailureAtMs, added.lastFailureAtMs);
  return {
    total: before.total + added.total,
    failed: before.failed + added.failed,
    latencyMs: before.latencyMs + added.latencyMs,
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
    ...(lastFailureAtMs !== undefined && { lastFailureAtMs }),
  };
}

/** When the last attempt ended, whatever its outcome; `undefined` before the first. */
export function lastDeliveryAtMs({ lastSuccessAtMs, lastFailureAtMs }: LifetimeFigures): number | undefined {
  return later(lastSuccessAtMs, lastFailureAtMs);
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

/** When the latest of them ended; `undefined` if there are none. */
export function lastEnd(outcomes: readonly AttemptOutcome[]): number | undefined {
  return outcomes.reduce<number | undefined>((last, { endedAtMs }) => later(last, endedAtMs), undefined);
}

/** In percent, with two decimals, rounded down, so that 100 means that nothing failed; `null` if there are none. */
export function successRate(total: number, failed: number): number | null {
  return total === 0 ? null : Math.floor(((total - failed) * 10_000) / total) / 100;
}

/** With one decimal; `null` if there are none. */
export function averageLatencyMs(total: number, latencyMs: number): number | null {
  return total === 0 ? null : Math.round((latencyMs * 10) / total) / 10;
}
