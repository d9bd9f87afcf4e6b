import type { ComponentChildren } from 'preact';
import { formatTime } from '../format.ts';
import { useChosenPoint } from './chosen-point.ts';

/** The values at one time, one for each series; `null` if nothing is known. */
export interface Point {
  readonly start: string;
  readonly values: readonly (number | null)[];
}

export interface Series {
  readonly name: string;
  /** The class that gives it its colour. */
  readonly tone: 'good' | 'bad' | 'first' | 'second' | 'third';
}

export interface ChartProps {
  readonly caption: string;
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  readonly format: (value: number) => string;
}

export const WIDTH = 600;
export const HEIGHT = 120;

interface FrameProps extends ChartProps {
  /** The value at the top of the picture. */
  readonly max: number;
  readonly children: ComponentChildren;
}

/** The picture with its legend and axis labels, explored with the pointer or the arrow keys. Screen readers get a table. */
export function Frame({ caption, series, points, format, max, children }: FrameProps) {
  const { at, ...choosing } = useChosenPoint(points.length);
  const last = Math.max(0, points.length - 1);
  // While no point is chosen, the slider's value is the last one.
  const told = points[at ?? last];
  const tip = told && tipOf(told, series, format).split('\n');
  const step = WIDTH / Math.max(1, points.length);
  return (
    <figure class="chart">
      <figcaption>
        {caption}{' '}
        {series.map(({ name, tone }) => (
          <span key={name} class={`legend chart-${tone}`}>
            {name}
          </span>
        ))}
      </figcaption>
      <div
        class="chart-picture"
        role="slider"
        tabIndex={0}
        aria-label={`${caption} at a time`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at ?? last}
        aria-valuetext={tip?.join(', ')}
        {...choosing}
      >
        <span class="chart-max">{format(max)}</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {at !== undefined && <rect class="chart-at" x={at * step} y={0} width={step} height={HEIGHT} />}
          {children}
        </svg>
        {at !== undefined && (
          // In the other half, so that it does not cover its point.
          <span class={`chart-tip ${at > last / 2 ? 'chart-tip-start' : ''}`}>
            {tip?.map((part) => (
              <span key={part}>{part}</span>
            ))}
          </span>
        )}
        <span class="chart-start">{points[0] && formatTime(points[0].start)}</span>
        <span class="chart-end">now</span>
      </div>
      {/* Not on the table itself, because a table is never smaller than its contents. */}
      <div class="visually-hidden">
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map(({ start, values }) => (
              <tr key={start}>
                <th scope="row">{formatTime(start)}</th>
                {series.map(({ name }, index) => (
                  <td key={name}>{shown(values[index], format)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** Shown when the pointer rests on a point, or the keys have moved to it. */
export function tipOf({ start, values }: Point, series: readonly Series[], format: ChartProps['format']): string {
  const lines = series.map(({ name }, index) => `${name}: ${shown(values[index], format)}`);
  return [formatTime(start), ...lines].join('\n');
}

function shown(value: number | null | undefined, format: ChartProps['format']): string {
  return value === null || value === undefined ? 'nothing' : format(value);
}
