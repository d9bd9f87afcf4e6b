import { detailOf, type Problem } from '../../api/problem.ts';
import { Checkbox, SelectField, TextArea, TextField } from '../field.tsx';
import { shownText } from './empty-value.ts';
import { hintOf } from './hint.ts';
import { JsonField } from './json-field.tsx';
import { labelOf } from './label.ts';
import { ListField } from './list-field.tsx';
import { textOfList } from './list-text.ts';
import { RecordField } from './record-field.tsx';
import type { FieldShape, Shape } from './schema.ts';

export interface FieldProps<Kind extends Shape['kind']> {
  readonly name: string;
  /** Its place in the request, as the API names it in its errors. */
  readonly path: string;
  readonly described: FieldShape & { readonly shape: Extract<Shape, { readonly kind: Kind }> };
  readonly isRequired: boolean;
  /** `undefined` if it is not given, so that the API's default applies. */
  readonly value: unknown;
  /** The value for nothing: `null`, or not given at all. */
  readonly nothing: null | undefined;
  readonly onChange: (value: unknown) => void;
  readonly problem: Problem | undefined;
}

export type LeafKind = Exclude<Shape['kind'], 'fields' | 'variants'>;

/** A field without fields inside it. */
export function LeafField(props: FieldProps<LeafKind>) {
  const { name, path, described, isRequired, value, nothing, onChange, problem } = props;
  const { shape, isNullable, byDefault } = described;
  const told = { label: labelOf(name), hint: hintOf(described), error: detailOf(problem, path) };
  const placeholder = textOf(described.example);
  switch (shape.kind) {
    case 'text': {
      const text = {
        ...told,
        value: shownText(value, described),
        onInput: (typed: string) => onChange(typed || nothing),
      };
      if (isLong(shape.maxLength, placeholder)) return <TextArea {...text} isCode />;
      const type = isSecret(path) ? 'password' : 'text';
      return <TextField {...text} type={type} autocomplete="off" required={isRequired} placeholder={placeholder} />;
    }
    case 'number':
      return (
        <TextField
          {...told}
          type="number"
          required={isRequired}
          placeholder={placeholder}
          min={shape.minimum}
          max={shape.maximum}
          {...(!shape.isWhole && { step: 'any' })}
          value={typeof value === 'number' ? String(value) : ''}
          onInput={(typed) => onChange(typed === '' ? nothing : Number(typed))}
        />
      );
    case 'boolean':
      return (
        <Checkbox
          label={told.hint ? `${told.label}: ${told.hint}` : told.label}
          checked={(value ?? byDefault) === true}
          onChange={onChange}
        />
      );
    case 'choice': {
      const given = typeof value === 'string' ? value : '';
      // Listed only once: the default is already what applies if nothing is chosen.
      const values = shape.values.filter((each) => isRequired || each !== byDefault || each === given);
      const unset = { value: '', label: isRequired ? 'Choose…' : withoutChoice(isNullable, byDefault) };
      return (
        <SelectField
          {...told}
          required={isRequired}
          value={given}
          choices={[...(isRequired && given ? [] : [unset]), ...values.map((each) => ({ value: each, label: each }))]}
          onChange={(chosen) => onChange(chosen || nothing)}
        />
      );
    }
    case 'list':
      return (
        <ListField
          {...told}
          path={path}
          problem={problem}
          list={shape}
          isRequired={isRequired}
          placeholder={placeholder}
          value={value}
          onChange={(entries) => onChange(entries.length === 0 ? nothing : entries)}
        />
      );
    case 'record':
      return <RecordField {...told} value={value} onChange={onChange} />;
    case 'json':
      return <JsonField {...told} value={value} onChange={onChange} />;
  }
}

/** The label for making no choice. */
export function withoutChoice(isNullable: boolean, byDefault: unknown): string {
  if (byDefault !== undefined && byDefault !== null) return `${byDefault} (default)`;
  return isNullable ? 'none' : 'by default';
}

function textOf(example: unknown): string | undefined {
  if (example === undefined || example === null) return undefined;
  if (Array.isArray(example)) return textOfList(example);
  return typeof example === 'string' ? example : JSON.stringify(example);
}

/** Certificates and keys in PEM have many lines. */
function isLong(maxLength: number | undefined, example: string | undefined): boolean {
  return (maxLength ?? 0) > 10_000 || (example?.includes('-----BEGIN') ?? false);
}

/** Values that must not be read over a shoulder. A `key` is one if it is a credential, but not if it is that of a record. */
function isSecret(path: string): boolean {
  return /(secret|password|token|private_key)$|^(auth|verification)\.(previous_)?(key|value)$/.test(path);
}
