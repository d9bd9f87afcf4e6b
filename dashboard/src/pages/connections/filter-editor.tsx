import { api } from '../../api/client.ts';
import { Problem } from '../../api/problem.ts';
import type { FilterTrial } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { TextArea } from '../../ui/field.tsx';
import { ForeignCode } from '../../ui/foreign.tsx';
import { Form } from '../../ui/form.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { fieldsIn } from '../../ui/schema-form/variants.ts';
import { EditorButtons, type EditorProps, useEdit, useEditing } from './editor.tsx';
import { partsOf } from './filter-parts.ts';
import { firstUnmet } from './first-unmet.ts';

/** So many conditions are asked about one by one, each by a request; of more the first that is not met is looked for. */
const MAX_ASKED_EACH = 10;

const EXAMPLE = '{ "body": { "type": { "$in": ["order.created", "order.paid"] } } }';

/** Which events are let through. */
export function FilterEditor({ connection, eventId, onChanged }: EditorProps) {
  const [text, setText, editIsSaved] = useEdit(connection.filter ? JSON.stringify(connection.filter, null, 2) : '');
  const isEmpty = text.trim() === '';
  const { trial, trying, saving, sending, problem } = useEditing({
    onSaved: editIsSaved,
    connection,
    onChanged,
    field: 'filter',
    text,
    value: () => (isEmpty ? null : filterOf(text)),
    ask: () => tryOn(eventId, filterOf(text)),
  });
  return (
    <section aria-label="Filter">
      <h2>Filter</h2>
      <Form
        class="form"
        action={sending}
        footer={
          <>
            {problem && <ProblemNote problem={problem} />}
            {trial && <Verdict trial={trial} />}
            <EditorButtons
              trying={trying}
              saving={saving}
              saveLabel="Save filter"
              canTry={eventId !== undefined && !isEmpty}
            />
          </>
        }
      >
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
      </Form>
    </section>
  );
}

/** What came of trying a filter, and which of its conditions the event does not fulfil. */
interface ExplainedTrial extends FilterTrial {
  /** As JSON; none where it has but one, or where that can't be told. */
  readonly unmet: readonly string[];
  /** How many conditions there are, where not each of them was asked about. */
  readonly notEachOf?: number;
}

/** The API says whether a filter lets an event through, and says so of its conditions as well. */
async function tryOn(eventId: string | undefined, filter: unknown): Promise<ExplainedTrial> {
  const ask = (filter: unknown) => api.post<FilterTrial>('/v1/filters/test', { filter, event_id: eventId });
  const trial = await ask(filter);
  const parts = trial.matches === false ? partsOf(fieldsIn(filter) ?? {}) : [];
  if (parts.length < 2) return { ...trial, unmet: [] };
  if (parts.length > MAX_ASKED_EACH) {
    const first = await firstUnmet(parts, async (some) => (await ask(some)).matches !== false).catch(unlessRefused);
    return { ...trial, unmet: first ? [JSON.stringify(first)] : [], notEachOf: parts.length };
  }
  const trials = await Promise.all(parts.map(ask));
  const unmet = parts.filter((_, index) => trials[index]?.matches === false);
  return { ...trial, unmet: [...new Set(unmet.map((part) => JSON.stringify(part)))] };
}

/** Conditions that are asked about together are nested one deeper than in their filter, and may have more bytes. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Problem) || error.code !== 'VALIDATION_FAILED') throw error;
}

function Verdict({ trial: { matches, error, unmet, notEachOf } }: { readonly trial: ExplainedTrial }) {
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
      {unmet.length > 0 && (
        <>
          {' by'}
          <ul class="unmet">
            {unmet.map((text) => (
              <li key={text}>
                <code>
                  <ForeignCode text={text} />
                </code>
              </li>
            ))}
          </ul>
        </>
      )}
      {notEachOf !== undefined && (
        <p class="hint">
          {unmet.length > 0
            ? `The first of ${notEachOf} conditions that is not met: those after it were not looked at.`
            : `Which of its ${notEachOf} conditions is not met can not be told: try a part of the filter.`}
        </p>
      )}
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
