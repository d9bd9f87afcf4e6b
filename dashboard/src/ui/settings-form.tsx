import { useId, useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { say } from './announcer.tsx';
import { Button } from './button.tsx';
import { Form } from './form.tsx';
import { ProblemNote } from './problem-note.tsx';
import { changesOf, editsOf } from './schema-form/changes.ts';
import { useDescription } from './schema-form/description.ts';
import { type Definitions, fieldsOf, type NamedField, type Schema, shapeOf } from './schema-form/schema.ts';
import { SchemaFields } from './schema-form/schema-field.tsx';
import { useUnsaved } from './unsaved.ts';

type Values = Readonly<Record<string, unknown>>;

interface SettingsFormProps<Thing> {
  /** The path in the API where the thing is changed. */
  readonly path: string;
  readonly thing: Thing;
  /** Finds the schema of a change. */
  readonly schemaOf: (definitions: Definitions) => Schema | undefined;
  /** Fields that are changed elsewhere, or never. */
  readonly leaveOut?: readonly string[];
  readonly onChanged: (thing: Thing) => void;
}

/**
 * All settings of a thing, as the API describes them. Untouched fields are not sent. So credentials, which are shown masked, stay
 * as they are, and a change made elsewhere is neither undone nor does it replace what is being typed.
 */
export function SettingsForm<Thing extends object>(props: SettingsFormProps<Thing>) {
  const { path, thing, schemaOf, leaveOut = [], onChanged } = props;
  const before = thing as Values;
  const [edits, setEdits] = useState<Values>({});
  const [saves, setSaves] = useState(0);
  const { definitions, problem, reload } = useDescription();
  const headingId = useId();
  const values = { ...before, ...edits };
  const changes = changesOf(before, values);
  useUnsaved(Object.keys(changes).length > 0);
  const saving = useAction(async () => {
    onChanged(await api.patch<Thing>(path, changes));
    setEdits({});
    setSaves(saves + 1);
    say('Saved');
  });
  if (!definitions && problem) {
    return (
      <section aria-labelledby={headingId}>
        <h2 id={headingId}>Settings</h2>
        <ProblemNote problem={problem} onRetry={reload} />
      </section>
    );
  }
  const schema = definitions && schemaOf(definitions);
  if (!definitions || !schema) return null;
  return (
    <details>
      <summary class="section-summary">
        <h2>Settings</h2>
      </summary>
      <Form
        class="form"
        action={saving}
        footer={
          <>
            {saving.problem && <ProblemNote problem={saving.problem} />}
            <Button type="submit" kind="primary" isBusy={saving.isBusy} disabled={Object.keys(changes).length === 0}>
              Save
            </Button>
          </>
        }
      >
        <SchemaFields
          key={saves}
          fields={fieldsOf(schema, definitions)
            .filter(({ name }) => !leaveOut.includes(name))
            .map((field) => kept(field, before, definitions))}
          path=""
          definitions={definitions}
          value={values}
          onChange={(value) => setEdits(editsOf(before, value as Values))}
          problem={saving.problem}
        />
      </Form>
    </details>
  );
}

/**
 * A change can replace a value, but remove it only if it may be `null`. Otherwise an emptied field would silently keep its value.
 */
function kept(field: NamedField, before: Values, definitions: Definitions): NamedField {
  const isGiven = (before[field.name] ?? undefined) !== undefined;
  return { ...field, isRequired: field.isRequired || (isGiven && !shapeOf(field.schema, definitions).isNullable) };
}
