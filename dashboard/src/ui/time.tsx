import { effect, signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { useEvery } from '../api/resource.ts';
import { Button } from './button.tsx';
import { formatExact, formatRelative, type Precision } from './format.ts';

interface TimeProps {
  readonly at: string | null;
  readonly precision?: Precision;
}

/**
 * The relative time, and the exact time with which to find it in a log. Both are shown, except in tables, where there is room for
 * only one (content.css).
 */
export function Time({ at, precision = 'second' }: TimeProps) {
  const [, setTicks] = useState(0);
  useEvery(10_000, () => setTicks((count) => count + 1));
  if (at === null) return <span>–</span>;
  // Uses the current time, not that of the last tick, or something that has just happened would appear to be in the future.
  const relative = formatRelative(at, Date.now());
  const exact = formatExact(at, precision);
  return (
    <time dateTime={at} title={`${exact} (${at})`}>
      {relative === undefined ? (
        exact
      ) : (
        <>
          <span class="time-relative">{relative}</span>
          <span class="time-between"> · </span>
          <span class="time-exact">{exact}</span>
        </>
      )}
    </time>
  );
}

/** Which of the two tables show. The browser remembers it. */
const KEPT_AS = 'hawser-exact-times';
const isExact = signal(localStorage.getItem(KEPT_AS) === 'true');

effect(() => {
  document.documentElement.classList.toggle('exact-times', isExact.value);
});

/** For people who can't hover, and for anybody who looks something up in a log. */
export function ExactTimesButton() {
  const turn = () => {
    isExact.value = !isExact.value;
    localStorage.setItem(KEPT_AS, String(isExact.value));
  };
  return (
    <span class="exact-times-button">
      <Button kind="quiet" isPressed={isExact.value} onClick={turn}>
        Exact times
      </Button>
    </span>
  );
}
