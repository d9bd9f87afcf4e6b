import { type Choice, SelectField, TextField } from './field.tsx';
import { areInOrder, isoOf, localOf } from './query.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Things to choose from by their names. @param nothing what it is called to choose none of them */
export function namedChoices(nothing: string, things: readonly Named[]): Choice<string>[] {
  return [{ value: '', label: nothing }, ...things.map(({ id, name }) => ({ value: id, label: name }))];
}

interface NamedFilterProps {
  readonly label: string;
  readonly things: readonly Named[] | undefined;
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** What belongs to one thing, or to all. */
export function NamedFilter({ label, things = [], value, onChange }: NamedFilterProps) {
  return <SelectField label={label} value={value} onChange={onChange} choices={namedChoices('All', things)} />;
}

interface TimeFilterProps {
  readonly since: string;
  readonly until: string;
  readonly set: (name: 'since' | 'until', value: string) => void;
}

/** What was accepted in a time. The address has it with its zone: whoever opens the link elsewhere means the same. */
export function TimeFilter({ since, until, set }: TimeFilterProps) {
  const field = (label: string, name: 'since' | 'until', value: string, error?: string) => (
    <TextField
      label={label}
      type="datetime-local"
      value={localOf(value)}
      error={error}
      onInput={(typed) => set(name, isoOf(typed) ?? '')}
    />
  );
  return (
    <>
      {field('Since', 'since', since)}
      {field('Until', 'until', until, areInOrder({ since, until }) ? undefined : 'Must not be before Since.')}
    </>
  );
}
