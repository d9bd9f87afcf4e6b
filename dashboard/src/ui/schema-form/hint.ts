import { formatNumber } from '../format.ts';
import type { Bounds, FieldShape, Shape } from './schema.ts';

/** What to know about a field before typing: what it is, what is accepted, and what applies if it is left empty. */
export function hintOf({ description, shape, byDefault }: FieldShape): string | undefined {
  const sentences = [description, takenBy(shape), defaultOf(shape, byDefault)].filter((each) => each !== undefined);
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** `1 to 60`, `at least 1`; `undefined` if there are no bounds. */
export function rangeOf({ minimum, maximum }: Bounds): string | undefined {
  if (minimum !== undefined && maximum !== undefined) return `${formatNumber(minimum)} to ${formatNumber(maximum)}`;
  if (minimum !== undefined) return `at least ${formatNumber(minimum)}`;
  return maximum === undefined ? undefined : `at most ${formatNumber(maximum)}`;
}

function takenBy(shape: Shape): string | undefined {
  if (shape.kind === 'number') {
    const range = rangeOf(shape);
    return range && `${range.charAt(0).toUpperCase()}${range.slice(1)}.`;
  }
  if (shape.kind !== 'list') return undefined;
  const [count, range] = [rangeOf(shape.entries), rangeOf(shape.each)];
  const entries = shape.of === 'number' ? 'numbers' : 'entries';
  const all = [count, entries, range && `of ${range}`].filter(Boolean).join(' ');
  return `${all.charAt(0).toUpperCase()}${all.slice(1)}, with commas between them.`;
}

function defaultOf({ kind }: Shape, byDefault: unknown): string | undefined {
  if (kind !== 'text' && kind !== 'number') return undefined;
  if (byDefault === undefined || byDefault === null || byDefault === '') return undefined;
  return `By default ${typeof byDefault === 'number' ? formatNumber(byDefault) : byDefault}.`;
}
