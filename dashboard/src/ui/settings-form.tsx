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
import { useUnsaved } from './unsaved.ts';

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
 * stay what they are, and so that what else changes meanwhile is neither undone nor takes away what is being typed.
 */
export function SettingsForm<Thing extends object>(props: SettingsFormProps<Thing>) {
  const { path, thing, schemaOf, leaveOut = [], onChanged } = props;
  const before = thing as Values;
  const [edits, setEdits] = useState<Values>({});
  const [saves, setSaves] = useState(0);
  const definitions = useDefinitions();
  const values = { ...before, ...edits };
  const changes = changesOf(before, values);
  useUnsaved(Object.keys(changes).length > 0);
  const saving = useAction(async () => {
    onChanged(await api.patch<Thing>(path, changes));
    // What was typed on meanwhile is still to be saved.
    setEdits((now) => (now === edits ? {} : now));
    setSaves(saves + 1);
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
          key={saves}
          fields={fieldsOf(schema, definitions).filter(({ name }) => !leaveOut.includes(name))}
          path=""
          definitions={definitions}
          value={values}
          onChange={(value) => setEdits(editsOf(before, value as Values))}
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

/** What differs; `undefined` for what was there and is not given any more. */
function editsOf(before: Values, after: Values): Values {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    names.filter((name) => differs(before[name], after[name])).map((name) => [name, after[name]] as const),
  );
}

/** What is sent: a field that is not given stays as it is. */
function changesOf(before: Values, after: Values): Values {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== undefined && differs(before[name], value)),
  );
}

/** By value: what was typed and taken back is no change. */
function differs(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
