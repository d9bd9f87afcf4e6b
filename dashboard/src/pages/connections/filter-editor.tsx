import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { Problem } from '../../api/problem.ts';
import type { Connection, FilterTrial } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';

export interface EditorProps {
  readonly connection: Connection;
  /** The event to try it on. */
  readonly eventId: string | undefined;
  readonly onChanged: (connection: Connection) => void;
}

const EXAMPLE = '{ "body": { "type": { "$in": ["order.created", "order.paid"] } } }';

/** Which events are let through. */
export function FilterEditor({ connection, eventId, onChanged }: EditorProps) {
  const [text, setText] = useState(connection.filter ? JSON.stringify(connection.filter, null, 2) : '');
  const [trial, setTrial] = useState<FilterTrial | undefined>();
  const trying = useAction(async () => {
    setTrial(undefined);
    setTrial(await api.post<FilterTrial>('/v1/filters/test', { filter: filterOf(text), event_id: eventId }));
  });
  const saving = useAction(async () => {
    const filter = text.trim() === '' ? null : filterOf(text);
    onChanged(await api.patch<Connection>(`/v1/connections/${connection.id}`, { filter }));
    say('The filter is saved');
  });
  const problem = saving.problem ?? trying.problem;
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
        <div class="page-actions">
          <Button onClick={() => trying.run()} isBusy={trying.isBusy} disabled={!eventId || text.trim() === ''}>
            Try
          </Button>
          <Button type="submit" kind="primary" isBusy={saving.isBusy}>
            Save filter
          </Button>
        </div>
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
