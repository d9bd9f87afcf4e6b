import type { BenchOptions } from './options.ts';

export interface Figures {
  readonly options: BenchOptions;
  /** Events per second from the first webhook sent to the last delivery received. */
  readonly perSecond: number;
  /** Deliveries that came more than once. */
  readonly duplicates: number;
  readonly cpuUsPerDelivery: number;
  readonly floorCpuUsPerDelivery: number;
  readonly memoryMiB: number;
  /** From acceptance to receipt, at half the load. */
  readonly latenciesMs: readonly number[];
}

/** The value below which `share` of the sorted samples lie (nearest rank). */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function formatFigures(figures: Figures): string {
  const sorted = figures.latenciesMs.toSorted((one, other) => one - other);
  const ratio = figures.cpuUsPerDelivery / figures.floorCpuUsPerDelivery;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(sorted, share));
  if (figures.options.json) {
    const { latenciesMs: _, ...rest } = figures;
    return `${JSON.stringify({ ...rest, p50Ms: p50, p95Ms: p95, p99Ms: p99, cpuRatio: ratio }, undefined, 2)}\n`;
  }
  const { events, bytes, destinations } = figures.options;
  return [
    `${events} events of ${bytes} bytes, ${destinations} destination(s)`,
    `  throughput           ${figures.perSecond.toFixed(0)} events/s end to end`,
    `  acceptance → receipt p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms (at half that load)`,
    `  CPU per delivery     ${figures.cpuUsPerDelivery.toFixed(0)} µs`,
    `  floor                ${figures.floorCpuUsPerDelivery.toFixed(0)} µs (receive, sign, POST)`,
    `  ratio                ${ratio.toFixed(2)}`,
    `  memory               ${figures.memoryMiB} MiB`,
    `  duplicates           ${figures.duplicates}`,
    '',
  ].join('\n');
}
