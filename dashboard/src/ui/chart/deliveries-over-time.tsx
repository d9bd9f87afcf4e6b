import type { ComponentChildren } from 'preact';
import type { HealthPoint } from '../../api/types.ts';
import { formatMs, formatNumber } from '../format.ts';
import { Bars } from './bars.tsx';
import type { Series } from './chart.tsx';
import { Lines } from './lines.tsx';

const outcomes: readonly Series[] = [
  { name: 'successful', tone: 'good' },
  { name: 'failed', tone: 'bad' },
];
const begun: readonly Series[] = [{ name: 'new deliveries', tone: 'first' }];
const latencies: readonly Series[] = [
  { name: 'p50', tone: 'first' },
  { name: 'p95', tone: 'second' },
  { name: 'p99', tone: 'third' },
];

interface DeliveriesOverTimeProps {
  readonly series: readonly HealthPoint[];
  /** Charts of the same window that come before these. */
  readonly children?: ComponentChildren;
}

/** How much was to be delivered, how it went, and how long it took. */
export function DeliveriesOverTime({ series, children }: DeliveriesOverTimeProps) {
  return (
    <div class="charts">
      {children}
      <Bars
        caption="Deliveries"
        series={begun}
        points={series.map((point) => ({ start: point.start, values: [point.new_deliveries] }))}
        format={formatNumber}
      />
      <Bars
        caption="Attempts"
        series={outcomes}
        points={series.map((point) => ({
          start: point.start,
          values: [point.successful_deliveries, point.failed_deliveries],
        }))}
        format={formatNumber}
      />
      <Lines
        caption="Latency"
        series={latencies}
        points={series.map((point) => ({
          start: point.start,
          values: [point.p50_latency_ms, point.p95_latency_ms, point.p99_latency_ms],
        }))}
        format={formatMs}
      />
    </div>
  );
}
