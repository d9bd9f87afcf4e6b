import { averageLatencyMs, type Figures, successRate } from './destination-figures.ts';
import { countOf, percentileMs } from './latency-histogram.ts';

export const healthStatuses = ['healthy', 'degraded', 'failing', 'unknown'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** The periods that health covers. */
export const healthWindows = ['1h', '24h', '7d'] as const;
export type HealthWindow = (typeof healthWindows)[number];

const HOUR_MS = 3_600_000;

export const windowMs: Readonly<Record<HealthWindow, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
};

/** The width of the points of a window, in whole slots of figures. A window has at most 29 points. */
export const pointMs: Readonly<Record<HealthWindow, number>> = {
  '1h': HOUR_MS / 4,
  '24h': HOUR_MS,
  '7d': 6 * HOUR_MS,
};

/** How a destination did in a window. Rate and latencies are `null` if nothing was delivered. */
export interface Health {
  readonly status: HealthStatus;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  /** Deliveries whose first attempt is among these. */
  readonly begun: number;
  readonly successRate: number | null;
  readonly averageLatencyMs: number | null;
  readonly p50LatencyMs: number | null;
  readonly p95LatencyMs: number | null;
  readonly p99LatencyMs: number | null;
}

export function healthOf({ begun, failed, latencyMs, latencies }: Figures): Health {
  const total = countOf(latencies);
  const rate = successRate(total, failed);
  const percentile = (percent: number) => percentileMs(latencies, percent) ?? null;
  return {
    status: statusOf(rate),
    total,
    successful: total - failed,
    failed,
    begun,
    successRate: rate,
    averageLatencyMs: averageLatencyMs(total, latencyMs),
    p50LatencyMs: percentile(50),
    p95LatencyMs: percentile(95),
    p99LatencyMs: percentile(99),
  };
}

/** The status as `healthOf` finds it, without computing latencies. */
export function healthStatusOf(parts: readonly Figures[]): HealthStatus {
  const total = parts.reduce((sum, { latencies }) => sum + countOf(latencies), 0);
  const failures = parts.reduce((sum, { failed }) => sum + failed, 0);
  return statusOf(successRate(total, failures));
}

/** Based on the rate as it is shown, so that the two never contradict each other. */
function statusOf(rate: number | null): HealthStatus {
  if (rate === null) return 'unknown';
  if (rate > 95) return 'healthy';
  return rate < 80 ? 'failing' : 'degraded';
}
