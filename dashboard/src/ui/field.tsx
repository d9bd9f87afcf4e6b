import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with it. */
  readonly error?: string | undefined;
}

interface Described {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

function Field({ label, hint, error, children }: FieldProps & { children: (described: Described) => JSX.Element }) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': describedBy || undefined, 'aria-invalid': error !== undefined })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Called when the text is complete for now: Enter was pressed, or the field was left. */
  readonly onChange?: () => void;
  readonly onBlur?: () => void;
  readonly type?: 'text' | 'password' | 'url' | 'number' | 'search' | 'datetime-local';
  readonly required?: boolean;
  readonly placeholder?: string | undefined;
  readonly autoFocus?: boolean;
  readonly autocomplete?: 'off' | 'current-password';
  readonly maxLength?: number;
  /** Only for a number. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: 'any';
}

export function TextField({ label, hint, error, value, onInput, type = 'text', autoFocus, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(described) => (
        <input
          {...described}
          {...rest}
          // Preact's types depend on the type of input; the attributes used here exist for all types that are accepted.
          type={type as 'text'}
          value={value}
          // biome-ignore lint/a11y/noAutofocus: only used in dialogs and pages with a single purpose
          autoFocus={autoFocus}
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SearchFieldProps extends FieldProps {
  readonly value: string;
  readonly onSearch: (value: string) => void;
  readonly placeholder?: string;
  readonly maxLength?: number;
}

/** Searches on Enter, or when the field is left. For searches that need the complete text, so that no half of it is sent. */
export function SearchField({ value, onSearch, ...rest }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  // Going back in the history also changes the search.
  useEffect(() => setTyped(value), [value]);
  return <TextField {...rest} type="search" value={typed} onInput={setTyped} onChange={() => onSearch(typed.trim())} />;
}

interface TextAreaProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly rows?: number;
  /** For code and JSON. */
  readonly isCode?: boolean;
}

export function TextArea({ label, hint, error, value, onInput, rows = 4, isCode }: TextAreaProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(described) => (
        <textarea
          {...described}
          class={isCode ? 'code-input' : undefined}
          rows={rows}
          value={value}
          spellcheck={!isCode}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface SelectFieldProps<Value extends string> extends FieldProps {
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
  /** The empty choice is not a valid one. */
  readonly required?: boolean;
}

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { label, hint, error, value, choices, onChange, required } = props;
  return (
    <Field label={label} hint={hint} error={error}>
      {(described) => (
        <select
          {...described}
          required={required}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as Value)}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckboxProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Checkbox({ label, checked, onChange }: CheckboxProps) {
  return (
    <label class="checkbox">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
