import { useState } from 'preact/hooks';
import { TextArea } from '../field.tsx';

interface JsonFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** A value as JSON. While the text is invalid, the value stays as it was, and the field says so. */
export function JsonField({ label, hint, error, value, onChange }: JsonFieldProps) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const [problem, setProblem] = useState<string | undefined>();
  const onInput = (typed: string) => {
    setText(typed);
    try {
      onChange(typed.trim() === '' ? undefined : JSON.parse(typed));
      setProblem(undefined);
    } catch (failure) {
      setProblem(`Not JSON yet: ${failure instanceof Error ? failure.message : failure}`);
    }
  };
  return (
    <TextArea
      label={label}
      hint={[hint, 'JSON.'].filter(Boolean).join(' ')}
      error={problem ?? error}
      isCode
      rows={Math.min(16, Math.max(2, text.split('\n').length))}
      value={text}
      onInput={onInput}
    />
  );
}
