import { useState } from 'preact/hooks';

interface ChosenPoint {
  /** `undefined` while none is chosen. */
  readonly at: number | undefined;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
  readonly onMouseDown: (event: MouseEvent & { readonly currentTarget: Element }) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * The chosen point of a chart that has the focus: the one that was clicked, or else the last. The keys of a slider move it:
 * https://www.w3.org/WAI/ARIA/apg/patterns/slider/. `Escape` hides its tip, which covers other points.
 */
export function useChosenPoint(count: number): ChosenPoint {
  const [chosen, setChosen] = useState<number | undefined>();
  const last = count - 1;
  const within = (at: number) => Math.max(0, Math.min(at, last));
  // There may be fewer points than before.
  const at = chosen === undefined || last < 0 ? undefined : within(chosen);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return setChosen(undefined);
    const next = nextOf(event.key, at ?? last, last);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(within(next));
  };
  return {
    at,
    onKeyDown,
    // This event comes before the focus, also when tapping, but not when scrolling with a finger:
    // https://www.w3.org/TR/pointerevents3/#compatibility-mapping-with-mouse-events.
    onMouseDown: ({ currentTarget, clientX }) => {
      const { left, width } = currentTarget.getBoundingClientRect();
      setChosen(within(Math.floor(((clientX - left) / width) * count)));
    },
    onFocus: () => setChosen((pointedAt) => pointedAt ?? last),
    onBlur: () => setChosen(undefined),
  };
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
