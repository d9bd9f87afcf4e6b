import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import type { Destination } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { useDefinitions } from '../../ui/schema-form/description.ts';
import { fieldsOf } from '../../ui/schema-form/schema.ts';
import { SchemaFields } from '../../ui/schema-form/schema-field.tsx';
import { schemaOfType } from './types.ts';

interface EditDestinationProps {
  readonly destination: Destination;
  readonly onChanged: (destination: Destination) => void;
}

/** Set when it is created, or by ways of their own. */
const NOT_EDITED = ['type', 'template', 'template_variables', 'secret', 'enabled'];

type Values = Readonly<Record<string, unknown>>;

/** Every setting, as the API describes it. What is not touched is not sent, so that masked credentials stay what they are. */
export function EditDestination({ destination, onChanged }: EditDestinationProps) {
  const [values, setValues] = useState<Values>(destination as Values);
  const definitions = useDefinitions();
  const changed = changesOf(destination as Values, values);
  const saving = useAction(async () => {
    onChanged(await api.patch<Destination>(`/v1/destinations/${destination.id}`, changed));
    say('Saved');
  });
  const schema = definitions && schemaOfType(definitions, destination.type);
  if (!definitions || !schema) return null;
  return (
    <details>
      <summary class="section-summary">
        <h2>Settings</h2>
      </summary>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          saving.run();
        }}
      >
        <SchemaFields
          fields={fieldsOf(schema, definitions).filter(({ name }) => !NOT_EDITED.includes(name))}
          path=""
          definitions={definitions}
          value={values}
          onChange={(value) => setValues(value as Values)}
          problem={saving.problem}
        />
        {saving.problem && <ProblemNote problem={saving.problem} />}
        <Button type="submit" kind="primary" isBusy={saving.isBusy} disabled={Object.keys(changed).length === 0}>
          Save
        </Button>
      </form>
    </details>
  );
}

/** By value. What was emptied and has a default in the API is left to that. */
function changesOf(before: Values, after: Values): Values {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}
