import { useState } from 'preact/hooks';
import { TextArea } from '../field.tsx';
import { textOfValue, valueOfText } from './json-text.ts';

interface JsonFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  /** Whether it may be a text, which is typed as it is. */
  readonly takesText: boolean;
  readonly example?: unknown;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** A value as JSON. While the text is none, the value stays what it was, and the field says so. */
export function JsonField({ label, hint, error, takesText, example, value, onChange }: JsonFieldProps) {
  const [text, setText] = useState(textOfValue(value, takesText));
  const [problem, setProblem] = useState<string | undefined>();
  const onInput = (typed: string) => {
    setText(typed);
    try {
      onChange(valueOfText(typed, takesText));
      setProblem(undefined);
    } catch (failure) {
      setProblem(`Not JSON yet: ${failure instanceof Error ? failure.message : failure}`);
    }
  };
  return (
    <TextArea
      label={label}
      hint={[
        hint,
        example !== undefined &&
          `For instance ${takesText && typeof example === 'string' ? example : JSON.stringify(example)}`,
      ]
        .filter(Boolean)
        .join(' ')}
      error={problem ?? error}
      isCode
      rows={Math.min(16, Math.max(2, text.split('\n').length))}
      value={text}
      onInput={onInput}
    />
  );
}
