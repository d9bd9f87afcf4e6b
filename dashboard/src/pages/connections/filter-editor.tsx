import { api } from '../../api/client.ts';
import { Problem } from '../../api/problem.ts';
import type { FilterTrial } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { EditorButtons, type EditorProps, useEdit, useEditing } from './editor.tsx';

const EXAMPLE = '{ "body": { "type": { "$in": ["order.created", "order.paid"] } } }';

/** Which events are let through. */
export function FilterEditor({ connection, eventId, onChanged }: EditorProps) {
  const [text, setText, editIsSaved] = useEdit(connection.filter ? JSON.stringify(connection.filter, null, 2) : '');
  const isEmpty = text.trim() === '';
  const { trial, trying, saving, problem } = useEditing({
    onSaved: editIsSaved,
    connection,
    onChanged,
    field: 'filter',
    text,
    value: () => (isEmpty ? null : filterOf(text)),
    ask: async () => api.post<FilterTrial>('/v1/filters/test', { filter: filterOf(text), event_id: eventId }),
  });
  return (
    <section aria-label="Filter">
      <h2>Filter</h2>
      <Form class="form" action={saving}>
        <TextArea
          label="Only events that match"
          isCode
          rows={6}
          value={text}
          onInput={setText}
          hint={
            <>
              JSON, about <code>body</code>, <code>headers</code>, <code>query</code>, <code>path</code> and{' '}
              <code>event_type</code>, for instance <code>{EXAMPLE}</code>. Empty: every event.
            </>
          }
        />
        {problem && <ProblemNote problem={problem} />}
        {trial && <Verdict trial={trial} />}
        <EditorButtons
          trying={trying}
          saving={saving}
          saveLabel="Save filter"
          canTry={eventId !== undefined && !isEmpty}
        />
      </Form>
    </section>
  );
}

function Verdict({ trial: { matches, error } }: { readonly trial: FilterTrial }) {
  if (matches === null) {
    return (
      <output class="note note-bad">
        <Badge tone="bad">can not be told</Badge> {error}. Such a delivery is a dead letter that says so.
      </output>
    );
  }
  return (
    <output class="note">
      {matches ? <Badge tone="good">let through</Badge> : <Badge tone="calm">kept out</Badge>}
    </output>
  );
}

/** @throws Problem for what is no JSON, by the place where it stops being some */
function filterOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(`The filter is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
