import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Action } from '../../api/action.ts';
import { page } from '../../api/paths.ts';
import { detailOf } from '../../api/problem.ts';
import type { CreatedDestination, Template } from '../../api/types.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Code } from '../../ui/code.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { namedChoices } from '../../ui/named-choices.ts';
import { SourceLink, useSources } from '../../ui/names.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { labelOf } from '../../ui/schema-form/label.ts';
import type { Definitions } from '../../ui/schema-form/schema.ts';
import { SchemaFields } from '../../ui/schema-form/schema-field.tsx';
import { fieldsIn } from '../../ui/schema-form/variants.ts';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import type { ChosenFields, Values } from './draft.ts';
import { adaptSchema, isPrimary, isRequiredBy, toSentence } from './template-fields.ts';

/** The fields that nearly everyone sets. The rest have defaults, and are folded away. */
const FIRST = ['name', 'url', 'config', 'auth'];
/** Set by the choice itself. */
const CHOSEN = ['type', 'template', 'template_variables'];

interface CreateFormProps {
  readonly chosen: ChosenFields;
  readonly definitions: Definitions;
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  /** The source to connect to it; empty for none. */
  readonly sourceId: string;
  readonly onSource: (id: string) => void;
  readonly creating: Action<[]>;
}

export function CreateForm({ chosen, definitions, values, onChange, sourceId, onSource, creating }: CreateFormProps) {
  const sources = useSources() ?? [];
  const { choice } = chosen;
  const fields = chosen.fields
    .filter(({ name }) => !CHOSEN.includes(name))
    .map((field) => ({
      ...field,
      isRequired: isRequiredBy(choice, field),
      schema: adaptSchema(choice, field, definitions),
    }));
  const first = FIRST.flatMap((name) => fields.find((field) => field.name === name && isPrimary(choice, field)) ?? []);
  const shared = {
    path: '',
    definitions,
    value: values,
    onChange: (value: unknown) => onChange(value as Values),
    problem: creating.problem,
  };
  return (
    <Form
      class="form"
      action={creating}
      footer={
        <>
          {creating.problem && <ProblemNote problem={creating.problem} />}
          <Button type="submit" kind="primary" isBusy={creating.isBusy}>
            {creating.isBusy ? 'Creating…' : 'Create'}
          </Button>
        </>
      }
    >
      <h2>Settings</h2>
      <SchemaFields {...shared} fields={first} />
      {choice.kind === 'template' && (
        <TemplateVariables
          template={choice.template}
          values={fieldsIn(values.template_variables) ?? {}}
          onChange={(variables) =>
            onChange({ ...values, template_variables: Object.keys(variables).length === 0 ? undefined : variables })
          }
          errorOf={(name) => detailOf(creating.problem, `template_variables.${name}`)}
        />
      )}
      <SelectField
        label="Connect this source to it"
        hint="Others can be connected later."
        value={sourceId}
        onChange={onSource}
        choices={namedChoices('none yet', sources)}
      />
      <details>
        <summary>Retries, pace, signature and the rest</summary>
        <SchemaFields {...shared} fields={fields.filter((field) => !first.includes(field))} />
      </details>
    </Form>
  );
}

interface TemplateVariablesProps {
  readonly template: Template;
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  readonly errorOf: (name: string) => string | undefined;
}

function TemplateVariables({ template, values, onChange, errorOf }: TemplateVariablesProps) {
  return (
    <>
      {template.variables.map((variable) => {
        const { name, description, pattern_in_words, secret, required, example } = variable;
        const described = {
          label: labelOf(name),
          hint: pattern_in_words ? `${description} ${toSentence(pattern_in_words)}` : description,
          error: errorOf(name),
          value: String(values[name] ?? ''),
        };
        const change = (value: string) => {
          const { [name]: _, ...others } = values;
          onChange(value === '' ? others : { ...others, [name]: value });
        };
        return variable.values ? (
          <SelectField
            {...described}
            key={name}
            onChange={change}
            choices={[
              { value: '', label: variable.default ? `${variable.default} (default)` : 'Choose…' },
              ...variable.values.map((value) => ({ value, label: value })),
            ]}
          />
        ) : (
          <TextField
            {...described}
            key={name}
            onInput={change}
            type={secret ? 'password' : 'text'}
            autocomplete="off"
            placeholder={variable.default ?? example}
            required={required}
          />
        );
      })}
    </>
  );
}

interface CreatedProps {
  readonly destination: CreatedDestination;
  /** The source that was connected to it; empty for none. */
  readonly sourceId: string;
}

export function Created({ destination, sourceId }: CreatedProps) {
  const { id, name, secret, signing } = destination;
  const isSigned = secret !== null && signing.scheme !== 'none';
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that had the focus is gone, so the heading gets it, and screen readers say what has taken its place.
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <section aria-label="Created">
      <h2 ref={heading} tabIndex={-1}>
        <UntrustedText text={name} /> is there
      </h2>
      {sourceId !== '' && (
        <p>
          <SourceLink id={sourceId} /> is connected to it.
        </p>
      )}
      {isSigned && (
        <>
          <p>Its signing secret. Copy it now: it is shown only once.</p>
          <Code text={secret} what="secret" />
        </>
      )}
      <LinkButton kind="primary" href={page.destination(id)}>
        Open it
      </LinkButton>
    </section>
  );
}
