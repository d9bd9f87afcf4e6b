import { SelectField, TextField } from './field.tsx';
import { shortId } from './format.ts';
import { type Named, namedChoices, withChosen } from './named-choices.ts';
import { MAX_NAMED } from './names.tsx';
import { areInOrder, isoOf, localOf } from './query.ts';

interface NamedFilterProps {
  readonly label: string;
  readonly things: readonly Named[] | undefined;
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** What belongs to one thing, or to all. */
export function NamedFilter({ label, things, value, onChange }: NamedFilterProps) {
  const areAllKnown = things !== undefined && things.length < MAX_NAMED;
  const unnamed = areAllKnown ? `${shortId(value)}, deleted or unknown` : shortId(value);
  const choices = withChosen(namedChoices('All', things ?? []), value, unnamed);
  return <SelectField label={label} value={value} onChange={onChange} choices={choices} />;
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
