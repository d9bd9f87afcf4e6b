import { isolated } from './bidi.ts';
import type { Choice } from './field.tsx';
import { formatTime, shortId } from './format.ts';

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/**
 * Choices by name, with more details where several have the same name: `hawser listen` gives all its destinations the same one.
 * @param nothing the label for choosing none
 */
export function namedChoices(nothing: string, things: readonly Named[]): Choice<string>[] {
  const alike = Map.groupBy(things, ({ name }) => name);
  const labelOf = ({ id, name, created_at }: Named) =>
    alike.get(name)?.length === 1
      ? isolated(name)
      : `${isolated(name)}, made ${formatTime(created_at)}, ${shortId(id)}`;
  return [{ value: '', label: nothing }, ...things.map((thing) => ({ value: thing.id, label: labelOf(thing) }))];
}

/** Adds the chosen value, whatever the address contains. A list without it would look as if nothing were chosen. */
export function withChosen(
  choices: readonly Choice<string>[],
  value: string,
  label: string,
): readonly Choice<string>[] {
  return choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label }];
}
