import { useState } from 'preact/hooks';

interface ChosenPoint {
  /** `undefined` while none is chosen. */
  readonly at: number | undefined;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** A point of a chart that has the focus, gone to by the keys of a slider: https://www.w3.org/WAI/ARIA/apg/patterns/slider/. */
export function useChosenPoint(count: number): ChosenPoint {
  const [chosen, setChosen] = useState<number | undefined>();
  const last = count - 1;
  // There may be fewer than there were.
  const at = chosen === undefined || last < 0 ? undefined : Math.min(chosen, last);
  const onKeyDown = (event: KeyboardEvent) => {
    if (at === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = nextOf(event.key, at, last);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(next, last)));
  };
  return { at, onKeyDown, onFocus: () => setChosen(last), onBlur: () => setChosen(undefined) };
}

function nextOf(key: string, at: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - 1;
    case 'ArrowRight':
    case 'ArrowUp':
      return at + 1;
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
