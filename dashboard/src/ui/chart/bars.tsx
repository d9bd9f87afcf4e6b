import { type ChartProps, Frame, HEIGHT, tipOf, WIDTH } from './chart.tsx';

/** The share of a bar's space that is left free. */
const GAP = 0.2;

/** Stacks the series: how much there was in total, and how much of each. */
export function Bars(props: ChartProps) {
  const { series, points, format } = props;
  const sums = points.map(({ values }) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0));
  const max = Math.max(1, ...sums);
  const step = WIDTH / Math.max(1, points.length);
  return (
    <Frame {...props} max={max}>
      {points.map((point, at) => {
        let top = HEIGHT;
        return (
          <g key={point.start}>
            <title>{tipOf(point, series, format)}</title>
            <rect class="chart-ground" x={at * step} y={0} width={step} height={HEIGHT} />
            {series.map(({ name, tone }, index) => {
              const height = ((point.values[index] ?? 0) / max) * HEIGHT;
              top -= height;
              return (
                <rect
                  key={name}
                  class={`chart-${tone}`}
                  x={(at + GAP / 2) * step}
                  y={top}
                  width={step * (1 - GAP)}
                  height={height}
                />
              );
            })}
          </g>
        );
      })}
    </Frame>
  );
}
