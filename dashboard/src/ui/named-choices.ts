import { isolated } from './bidi.ts';
import type { Choice } from './field.tsx';
import { formatTime, shortId } from './format.ts';

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/**
 * Things to choose from by their names, and by more where several have the same: `hawser listen` calls all of its destinations alike.
 * @param nothing what it is called to choose none of them
 */
export function namedChoices(nothing: string, things: readonly Named[]): Choice<string>[] {
  const alike = Map.groupBy(things, ({ name }) => name);
  const labelOf = ({ id, name, created_at }: Named) =>
    alike.get(name)?.length === 1
      ? isolated(name)
      : `${isolated(name)}, made ${formatTime(created_at)}, ${shortId(id)}`;
  return [{ value: '', label: nothing }, ...things.map((thing) => ({ value: thing.id, label: labelOf(thing) }))];
}

/** With what is chosen among them, whatever an address has: a list that shows nothing as chosen would say that nothing is. */
export function withChosen(
  choices: readonly Choice<string>[],
  value: string,
  label: string,
): readonly Choice<string>[] {
  return choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label }];
}
