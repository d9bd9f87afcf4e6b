import { type ChartProps, Frame, HEIGHT, tipOf, WIDTH } from './chart.tsx';

/** A line for each series, interrupted where nothing is known. */
export function Lines(props: ChartProps) {
  const { series, points, format } = props;
  const known = points.flatMap(({ values }) => values.filter((value) => value !== null));
  const max = Math.max(1, ...known);
  const step = WIDTH / Math.max(1, points.length);
  return (
    <Frame {...props} max={max}>
      {points.map((point, at) => (
        <g key={point.start}>
          <title>{tipOf(point, series, format)}</title>
          <rect class="chart-ground" x={at * step} y={0} width={step} height={HEIGHT} />
        </g>
      ))}
      {series.map(({ name, tone }, index) => {
        const heights = points.map(({ values }) => {
          const value = values[index];
          return value === null || value === undefined ? undefined : HEIGHT - (value / max) * HEIGHT;
        });
        return <path key={name} class={`chart-line chart-${tone}`} d={pathOf(heights, step)} />;
      })}
    </Frame>
  );
}

/** A point between two unknown ones is drawn as a dash, not left out. */
function pathOf(heights: readonly (number | undefined)[], step: number): string {
  return heights
    .map((height, at) => {
      if (height === undefined) return '';
      const middle = (at + 0.5) * step;
      const isFirst = heights[at - 1] === undefined;
      return isFirst ? `M ${middle - step / 3} ${height} L ${middle} ${height}` : `L ${middle} ${height}`;
    })
    .join(' ');
}
