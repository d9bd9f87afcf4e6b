import type { Problem } from '../../api/problem.ts';
import { detailOf } from '../../api/problem.ts';
import { Checkbox, SelectField, TextArea, TextField } from '../field.tsx';
import { JsonField } from './json-field.tsx';
import { RecordField } from './record-field.tsx';
import { type Definitions, type NamedField, type Schema, type Shape, shapeOf, variantOf } from './schema.ts';

interface SchemaFieldProps {
  readonly name: string;
  /** Where it is in the request, as the API names it in what it refuses. */
  readonly path: string;
  readonly schema: Schema;
  readonly definitions: Definitions;
  readonly isRequired: boolean;
  /** `undefined`: not given, so that the API's default holds. */
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly problem: Problem | undefined;
}

/** A control for one field of a request, by the API's own description of it. */
function SchemaField(props: SchemaFieldProps) {
  const { name, path, schema, definitions, isRequired, value, onChange, problem } = props;
  const { shape, isNullable, description: hint, example, byDefault } = shapeOf(schema, definitions);
  const label = labelOf(name);
  const error = isLeaf(shape) ? detailOf(problem, path) : undefined;
  const described = { label, hint, error };
  const placeholder = example === undefined || example === null ? undefined : textOf(example);
  switch (shape.kind) {
    case 'text':
      if (isLong(shape.maxLength, example)) {
        return (
          <TextArea
            {...described}
            isCode
            value={typeof value === 'string' ? value : ''}
            onInput={(text) => onChange(text === '' ? emptyOf(isNullable) : text)}
          />
        );
      }
      return (
        <TextField
          {...described}
          type={isSecret(path) ? 'password' : 'text'}
          autocomplete="off"
          required={isRequired}
          placeholder={placeholder}
          value={typeof value === 'string' ? value : ''}
          onInput={(text) => onChange(text === '' ? emptyOf(isNullable) : text)}
        />
      );
    case 'number':
      return (
        <TextField
          {...described}
          type="number"
          required={isRequired}
          placeholder={placeholder}
          value={typeof value === 'number' ? String(value) : ''}
          onInput={(text) => onChange(text === '' ? emptyOf(isNullable) : Number(text))}
        />
      );
    case 'boolean':
      return (
        <Checkbox
          label={hint ? `${label}: ${hint}` : label}
          checked={(value ?? byDefault) === true}
          onChange={onChange}
        />
      );
    case 'choice':
      return (
        <SelectField
          {...described}
          value={typeof value === 'string' ? value : ''}
          choices={[
            ...(isRequired ? [] : [{ value: '', label: defaultLabel(byDefault) }]),
            ...shape.values.map((each) => ({ value: each, label: each })),
          ]}
          onChange={(chosen) => onChange(chosen === '' ? emptyOf(isNullable) : chosen)}
        />
      );
    case 'record':
      return <RecordField {...described} value={value} onChange={onChange} />;
    case 'fields':
      return (
        <fieldset>
          <legend>{label}</legend>
          {hint && <p class="hint">{hint}</p>}
          <SchemaFields
            {...props}
            fields={isRequired || value ? shape.fields : shape.fields.map(optional)}
            onChange={(fields) => onChange(isNullable && isEmpty(fields) ? null : fields)}
          />
        </fieldset>
      );
    case 'variants': {
      const chosen = variantOf(shape.variants, value);
      const variant = shape.variants[chosen];
      return (
        <fieldset>
          <legend>{label}</legend>
          <SelectField
            label="Kind"
            hint={hint}
            error={variant ? undefined : detailOf(problem, path)}
            value={String(chosen)}
            choices={[
              { value: '-1', label: isRequired ? 'Choose…' : isNullable ? 'none' : 'by default' },
              ...shape.variants.map((each, index) => ({ value: String(index), label: each.label })),
            ]}
            onChange={(index) => onChange(shape.variants[Number(index)]?.constants ?? emptyOf(isNullable))}
          />
          {variant && <SchemaFields {...props} fields={variant.fields} />}
        </fieldset>
      );
    }
    case 'json':
      return (
        <JsonField {...described} takesText={shape.takesText} example={example} value={value} onChange={onChange} />
      );
  }
}

interface SchemaFieldsProps extends Pick<SchemaFieldProps, 'path' | 'definitions' | 'value' | 'onChange' | 'problem'> {
  readonly fields: readonly NamedField[];
}

/** The fields of an object, or of a request as a whole. */
export function SchemaFields({ fields, path, value, onChange, ...shared }: SchemaFieldsProps) {
  const given = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return (
    <>
      {fields.map(({ name, schema, isRequired }) => (
        <SchemaField
          {...shared}
          key={name}
          name={name}
          path={path === '' ? name : `${path}.${name}`}
          schema={schema}
          isRequired={isRequired}
          value={given[name]}
          onChange={(changed) => onChange(withField(given, name, changed))}
        />
      ))}
    </>
  );
}

function withField(fields: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown> {
  const { [name]: _, ...others } = fields;
  return value === undefined ? others : { ...others, [name]: value };
}

/** `queue_url` → `Queue URL`. */
export function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ').replace(/\b(api|arn|id|rest|sqs|url)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Nothing of a thing that is not given must be given. */
function optional(field: NamedField): NamedField {
  return { ...field, isRequired: false };
}

/** Certificates and keys in PEM have many lines. */
function isLong(maxLength: number | undefined, example: unknown): boolean {
  return (maxLength ?? 0) > 10_000 || String(example).includes('-----BEGIN');
}

function isLeaf({ kind }: Shape): boolean {
  return kind !== 'fields' && kind !== 'variants';
}

function isEmpty(fields: unknown): boolean {
  return typeof fields === 'object' && fields !== null && Object.keys(fields).length === 0;
}

function emptyOf(isNullable: boolean): null | undefined {
  return isNullable ? null : undefined;
}

function defaultLabel(byDefault: unknown): string {
  return byDefault === undefined || byDefault === null ? 'not set' : `${textOf(byDefault)} (default)`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What others must not read over a shoulder. A key is one where something proves itself by it, and not that of a record. */
function isSecret(path: string): boolean {
  return /(secret|password|token|private_key)$|^(auth|verification)\.(key|value)$/.test(path);
}
