import { useState } from 'preact/hooks';
import { detailOf, type Problem } from '../../api/problem.ts';
import { Checkbox, SelectField } from '../field.tsx';
import { emptyValueOf } from './empty-value.ts';
import { Group } from './group.tsx';
import { hintOf } from './hint.ts';
import { labelOf, wordsOf } from './label.ts';
import { type FieldProps, LeafField, type LeafKind, withoutChoice } from './leaf-field.tsx';
import { ListField } from './list-field.tsx';
import { textOfList } from './list-text.ts';
import { pastedFields } from './pasted.ts';
import { type Definitions, type NamedField, type Schema, type Shape, shapeOf } from './schema.ts';
import { beginningOf, fieldsIn, type Variant, variantOf } from './variants.ts';

interface SchemaFieldsProps {
  readonly fields: readonly NamedField[];
  /** Their place in the request; empty for the fields of the request itself. */
  readonly path: string;
  readonly definitions: Definitions;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly problem: Problem | undefined;
}

/** The fields of an object, or of a request as a whole. */
export function SchemaFields({ fields, path, value, onChange, ...shared }: SchemaFieldsProps) {
  const given = fieldsIn(value) ?? {};
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

type SchemaFieldProps = Omit<FieldProps<LeafKind>, 'described' | 'nothing'> & {
  readonly schema: Schema;
  readonly definitions: Definitions;
};

/** A control for one field of a request, made from the API's own description of it. */
function SchemaField({ schema, definitions, ...field }: SchemaFieldProps) {
  const [wasGiven] = useState(field.value !== undefined);
  const described = shapeOf(schema, definitions);
  const { shape } = described;
  const props = { ...field, nothing: emptyValueOf(described, wasGiven), definitions };
  switch (shape.kind) {
    case 'fields':
      return <ObjectField {...props} described={{ ...described, shape }} />;
    case 'variants':
      return <VariantsField {...props} described={{ ...described, shape }} />;
    default:
      return <LeafField {...props} described={{ ...described, shape }} />;
  }
}

type CompoundProps<Kind extends Shape['kind']> = FieldProps<Kind> & { readonly definitions: Definitions };

/** Fields that belong together. If they are optional, and their presence means something, they are switched on and off. */
function ObjectField({ name, described, value, isRequired, nothing, onChange, ...shared }: CompoundProps<'fields'>) {
  const { shape, isNullable, byDefault } = described;
  const given = fieldsIn(value);
  const [last, setLast] = useState(given ?? {});
  const mayBeLeftOut = isNullable || (byDefault === undefined && shape.fields.some((field) => field.isRequired));
  const hasSwitch = mayBeLeftOut && !isRequired;
  const turn = (isOn: boolean) => {
    if (given) setLast(given);
    onChange(isOn ? last : nothing);
  };
  return (
    <Group label={labelOf(name)} hint={hintOf(described)} error={ownProblem(shared)}>
      {hasSwitch && <Checkbox label={`Set ${wordsOf(name)}`} checked={given !== undefined} onChange={turn} />}
      {(given || !hasSwitch) && <SchemaFields {...shared} fields={shape.fields} value={given} onChange={onChange} />}
    </Group>
  );
}

/** A choice between variants, and the fields of the chosen one. */
function VariantsField({
  name,
  described,
  value,
  isRequired,
  nothing,
  onChange,
  ...shared
}: CompoundProps<'variants'>) {
  const { shape, isNullable, byDefault, example } = described;
  const { variants } = shape;
  const { path, problem } = shared;
  const [first] = useState(value);
  const [last, setLast] = useState(-1);
  const chosen = variantOf(variants, value, last);
  const variant = variants[chosen];
  const choose = (index: number) => {
    setLast(index);
    const next = variants[index];
    // Choosing the original variant again restores its value, so nothing has changed.
    const wasThis = next && variantOf(variants, first) === index;
    onChange(wasThis ? first : next ? beginningOf(next) : nothing);
  };
  // Listed only once: the default is already what applies if nothing is chosen.
  const choices = variants.flatMap((each, index) =>
    each.kind === 'word' && each.value === byDefault && !isRequired && index !== chosen
      ? []
      : [{ value: String(index), label: each.label }],
  );
  const unset = { value: '', label: isRequired ? 'Choose…' : withoutChoice(isNullable, byDefault) };
  return (
    <Group label={labelOf(name)}>
      <SelectField
        label="Kind"
        hint={hintOf(described)}
        error={variant ? ownProblem(shared, withinOf(variant)) : detailOf(problem, path)}
        required={isRequired}
        value={variant ? String(chosen) : ''}
        choices={isRequired && variant ? choices : [unset, ...choices]}
        onChange={(index) => choose(index === '' ? -1 : Number(index))}
      />
      {variant?.kind === 'list' && (
        <ListField
          label={labelOf(name)}
          hint={hintOf({ ...described, description: undefined, shape: { kind: 'list', ...variant.list } })}
          path={path}
          problem={problem}
          list={variant.list}
          isRequired
          placeholder={Array.isArray(example) ? textOfList(example) : undefined}
          value={value}
          onChange={onChange}
        />
      )}
      {variant?.kind === 'object' && (
        <VariantFields {...shared} key={chosen} variant={variant} value={value} onChange={onChange} />
      )}
    </Group>
  );
}

type VariantFieldsProps = Omit<SchemaFieldsProps, 'fields'> & {
  readonly variant: Extract<Variant, { readonly kind: 'object' }>;
};

/** This many fields are more likely pasted together than typed. */
const MANY_FIELDS = 3;

function VariantFields({ variant: { fields, within }, path, value, onChange, ...shared }: VariantFieldsProps) {
  const onPaste = (event: ClipboardEvent) => {
    const names = fields.map(({ name }) => name);
    const pasted = pastedFields(event.clipboardData?.getData('text') ?? '', names);
    if (!pasted) return;
    event.preventDefault();
    onChange({ ...fieldsIn(value), ...pasted });
  };
  if (within === undefined) {
    return (
      <div onPaste={onPaste}>
        {fields.length >= MANY_FIELDS && (
          <p class="hint">Paste JSON with these names into any of the fields to fill them all.</p>
        )}
        <SchemaFields {...shared} {...{ fields, path, value, onChange }} />
      </div>
    );
  }
  return (
    <SchemaFields
      {...shared}
      fields={fields}
      path={`${path}.${within}`}
      value={fieldsIn(value)?.[within]}
      onChange={(inner) => onChange({ [within]: inner })}
    />
  );
}

function withinOf(variant: Variant): string | undefined {
  return variant.kind === 'object' ? variant.within : undefined;
}

/** The API's problem with a value itself, not with a field of it. */
function ownProblem(
  { problem, path }: Pick<SchemaFieldsProps, 'problem' | 'path'>,
  within?: string | undefined,
): string | undefined {
  return problem?.details.find((detail) => detail.path === path || detail.path === `${path}.${within}`)?.problem;
}

function withField(fields: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown> {
  const { [name]: _, ...others } = fields;
  return value === undefined ? others : { ...fields, [name]: value };
}
