import { useEffect, useState } from 'preact/hooks';
import { SelectField, TextField } from './field.tsx';
import { shortId } from './format.ts';
import { type Named, namedChoices, withChosen } from './named-choices.ts';
import { MAX_NAMED } from './names.tsx';
import { areInOrder, toIso, toLocalInput } from './query.ts';

interface NamedFilterProps {
  readonly label: string;
  readonly things: readonly Named[] | undefined;
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** Filters by one thing, or shows all. */
export function NamedFilter({ label, things, value, onChange }: NamedFilterProps) {
  const areAllKnown = things !== undefined && things.length < MAX_NAMED;
  // The id comes first, because the text is cut off where the field is narrow.
  const unnamed = areAllKnown ? `${shortId(value)} (deleted or unknown)` : shortId(value);
  const choices = withChosen(namedChoices('All', things ?? []), value, unnamed);
  return <SelectField label={label} value={value} onChange={onChange} choices={choices} />;
}

interface TimeFilterProps {
  readonly since: string;
  readonly until: string;
  readonly set: (name: 'since' | 'until', value: string) => void;
}

/** Filters by the time of acceptance. The address has the zone, so that a link means the same for everybody. */
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
 * Browsers report a year after each typed digit: 0002, 0020, 0202. Such years are only searched for if the field is left with
 * them. `change` is no help: where each part is typed separately, it also comes after each digit.
 */
function TimeField({ label, value, onChange, error }: TimeFieldProps) {
  const [typed, setTyped] = useState(toLocalInput(value));
  useEffect(() => setTyped(toLocalInput(value)), [value]);
  const take = (local: string) => onChange(toIso(local) ?? '');
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

/** There were no webhooks before this. */
const FIRST_YEAR = 2_000;

function hasHalfAYear(local: string): boolean {
  return local !== '' && Number.parseInt(local, 10) < FIRST_YEAR;
}
