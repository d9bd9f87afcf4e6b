import { useState } from 'preact/hooks';
import type { Problem } from '../../api/problem.ts';
import { TextField } from '../field.tsx';
import { listOfText, listProblem, slipOf, textOfList } from './list-text.ts';
import type { ListShape } from './schema.ts';

interface ListFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly path: string;
  readonly problem: Problem | undefined;
  readonly list: ListShape;
  readonly isRequired: boolean;
  readonly placeholder: string | undefined;
  readonly value: unknown;
  readonly onChange: (entries: readonly (string | number)[]) => void;
}

/** Several numbers or words on one line, with commas between them. This is quickest to type, to read aloud and to paste. */
export function ListField(props: ListFieldProps) {
  const { label, hint, path, problem, list, isRequired, placeholder, value, onChange } = props;
  // Kept as it is typed. If it were rewritten from the value, a comma would vanish before the next entry.
  const [text, setText] = useState(textOfList(value));
  return (
    <TextField
      label={label}
      hint={hint}
      error={slipOf(text, list) ?? listProblem(problem?.details ?? [], path)}
      required={isRequired}
      autocomplete="off"
      placeholder={placeholder}
      value={text}
      onInput={(typed) => {
        setText(typed);
        onChange(listOfText(typed, list.of));
      }}
    />
  );
}
