import { useState } from 'preact/hooks';
import { Button } from '../button.tsx';
import { Group } from './group.tsx';

interface RecordFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

type Line = readonly [name: string, value: string];

/** Names and values, such as headers. There is a line for each, and they keep their order while they are typed. */
export function RecordField({ label, hint, error, value, onChange }: RecordFieldProps) {
  // If there were some before, having none must be sent explicitly, because a field that is left out keeps its value.
  const [wasGiven] = useState(value !== undefined);
  const [lines, setLines] = useState<readonly Line[]>(() => Object.entries((value ?? {}) as Record<string, string>));
  const change = (changed: readonly Line[]) => {
    setLines(changed);
    const named = changed.filter(([name]) => name !== '');
    onChange(named.length === 0 && !wasGiven ? undefined : Object.fromEntries(named));
  };
  const replace = (index: number, line: Line) => change(lines.map((each, at) => (at === index ? line : each)));
  return (
    <Group label={label} hint={hint} error={error}>
      {lines.map(([name, text], index) => (
        <div class="record-line" key={index}>
          <input
            aria-label={`${label}: name ${index + 1}`}
            value={name}
            onInput={(event) => replace(index, [event.currentTarget.value, text])}
          />
          <input
            aria-label={`${label}: value ${index + 1}`}
            value={text}
            onInput={(event) => replace(index, [name, event.currentTarget.value])}
          />
          <Button
            kind="quiet"
            label={`${label}: remove line ${index + 1}`}
            onClick={() => change(lines.filter((_, at) => at !== index))}
          >
            Remove
          </Button>
        </div>
      ))}
      <Button kind="quiet" onClick={() => setLines([...lines, ['', '']])}>
        Add a line
      </Button>
    </Group>
  );
}
