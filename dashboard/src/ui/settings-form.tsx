import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { say } from './announcer.tsx';
import { Button } from './button.tsx';
import { Form } from './form.tsx';
import { ProblemNote } from './problem-note.tsx';
import { useDefinitions } from './schema-form/description.ts';
import { type Definitions, fieldsOf, type Schema } from './schema-form/schema.ts';
import { SchemaFields } from './schema-form/schema-field.tsx';

type Values = Readonly<Record<string, unknown>>;

interface SettingsFormProps<Thing> {
  /** Of the API, where the thing is changed. */
  readonly path: string;
  readonly thing: Thing;
  /** What describes the fields of a change. */
  readonly schemaOf: (definitions: Definitions) => Schema | undefined;
  /** Fields that are changed elsewhere, or never. */
  readonly leaveOut?: readonly string[];
  readonly onChanged: (thing: Thing) => void;
}

/**
 * Every setting of a thing, as the API describes it. What is not touched is not sent, so that credentials, which are shown masked,
 * stay what they are. Give it the time of the thing's last change as its key: a form of what it was would undo that.
 */
export function SettingsForm<Thing extends object>(props: SettingsFormProps<Thing>) {
  const { path, thing, schemaOf, leaveOut = [], onChanged } = props;
  const before = thing as Values;
  const [values, setValues] = useState<Values>(before);
  const definitions = useDefinitions();
  const changes = changesOf(before, values);
  const saving = useAction(async () => {
    onChanged(await api.patch<Thing>(path, changes));
    say('Saved');
  });
  const schema = definitions && schemaOf(definitions);
  if (!definitions || !schema) return null;
  return (
    <details>
      <summary class="section-summary">
        <h2>Settings</h2>
      </summary>
      <Form class="form" action={saving}>
        <SchemaFields
          fields={fieldsOf(schema, definitions).filter(({ name }) => !leaveOut.includes(name))}
          path=""
          definitions={definitions}
          value={values}
          onChange={(value) => setValues(value as Values)}
          problem={saving.problem}
        />
        {saving.problem && <ProblemNote problem={saving.problem} />}
        <Button type="submit" kind="primary" isBusy={saving.isBusy} disabled={Object.keys(changes).length === 0}>
          Save
        </Button>
      </Form>
    </details>
  );
}

/** By value: what was typed and taken back is no change. */
function changesOf(before: Values, after: Values): Values {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}
