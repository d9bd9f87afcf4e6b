import { type Choice, SelectField, TextField } from './field.tsx';

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

/** What was accepted in a time. */
export function TimeFilter({ since, until, set }: TimeFilterProps) {
  return (
    <>
      <TextField label="Since" type="datetime-local" value={since} onInput={(value) => set('since', value)} />
      <TextField label="Until" type="datetime-local" value={until} onInput={(value) => set('until', value)} />
    </>
  );
}
