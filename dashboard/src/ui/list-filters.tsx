import { useEffect, useState } from 'preact/hooks';
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
  // The id first: the words are cut off where the field is narrow.
  const unnamed = areAllKnown ? `${shortId(value)} (deleted or unknown)` : shortId(value);
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
  const notInOrder = areInOrder({ since, until }) ? undefined : 'Must not be before Since.';
  return (
    <>
      <TimeField label="Since" value={since} onChange={(value) => set('since', value)} />
      <TimeField label="Until" value={until} onChange={(value) => set('until', value)} error={notInOrder} />
    </>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string | undefined;
}

/**
 * Each digit of a year that is typed is a year to the browser: 0002, 0020, 0202. Those are asked for only if the field is left with them.
 * `change` does not tell: where each part is typed by itself, it comes with each digit as well.
 */
function TimeField({ label, value, onChange, error }: TimeFieldProps) {
  const [typed, setTyped] = useState(localOf(value));
  useEffect(() => setTyped(localOf(value)), [value]);
  const take = (local: string) => onChange(isoOf(local) ?? '');
  return (
    <TextField
      label={label}
      type="datetime-local"
      value={typed}
      error={error}
      onInput={(local) => {
        setTyped(local);
        if (!hasHalfAYear(local)) take(local);
      }}
      onBlur={() => hasHalfAYear(typed) && take(typed)}
    />
  );
}

/** There were no webhooks before. */
const FIRST_YEAR = 2_000;

function hasHalfAYear(local: string): boolean {
  return local !== '' && Number.parseInt(local, 10) < FIRST_YEAR;
}
