import { formatNumber } from '../format.ts';
import { Bars } from './bars.tsx';
import type { Series } from './chart.tsx';

/** How many events came, as the API counts them. */
export interface EventPoint {
  readonly start: string;
  readonly new_events: number;
  readonly unrouted_events: number;
}

const series: readonly Series[] = [
  { name: 'matched a connection', tone: 'first' },
  { name: 'matched no connection', tone: 'second' },
];

/** How many events came in, each counted once, and how many of them went nowhere. */
export function EventsOverTime({ points }: { readonly points: readonly EventPoint[] }) {
  return (
    <Bars
      caption="Events"
      series={series}
      points={points.map(({ start, new_events, unrouted_events }) => ({
        start,
        values: [new_events - unrouted_events, unrouted_events],
      }))}
      format={formatNumber}
    />
  );
}
