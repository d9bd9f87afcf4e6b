import { api } from '../../api/client.ts';
import { Problem } from '../../api/problem.ts';
import type { FilterTestResult } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { fieldsIn } from '../../ui/schema-form/variants.ts';
import { UntrustedCode } from '../../ui/untrusted-text.tsx';
import { EditorButtons, type EditorProps, useEdit, useEditing } from './editor.tsx';
import { partsOf } from './filter-parts.ts';
import { findFirstUnmet } from './first-unmet.ts';

/**
 * Up to this many conditions are checked one by one, with a request each. With more, only the first unmet one is searched for.
 */
const MAX_ASKED_EACH = 10;

const EXAMPLE = '{ "body": { "type": { "$in": ["order.created", "order.paid"] } } }';

/** Edits which events are let through. */
export function FilterEditor({ connection, eventId, onChanged }: EditorProps) {
  const [text, setText, editIsSaved] = useEdit(connection.filter ? JSON.stringify(connection.filter, null, 2) : '');
  const isEmpty = text.trim() === '';
  const { result, trying, saving, sending, problem } = useEditing({
    onSaved: editIsSaved,
    connection,
    onChanged,
    field: 'filter',
    text,
    value: () => (isEmpty ? null : filterOf(text)),
    test: () => tryOn(eventId, filterOf(text)),
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
            {result && <Verdict result={result} />}
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

/** The result of trying a filter, and which of its conditions the event does not meet. */
interface ExplainedResult extends FilterTestResult {
  /** As JSON. Empty if the filter has only one condition, or if it can't be found out. */
  readonly unmet: readonly string[];
  /** How many conditions there are, if they were not checked one by one. */
  readonly notEachOf?: number;
}

/** The API says whether a filter lets an event through. It can be asked about each condition in the same way. */
async function tryOn(eventId: string | undefined, filter: unknown): Promise<ExplainedResult> {
  const testFilter = (filter: unknown) => api.post<FilterTestResult>('/v1/filters/test', { filter, event_id: eventId });
  const result = await testFilter(filter);
  const parts = result.matches === false ? partsOf(fieldsIn(filter) ?? {}) : [];
  if (parts.length < 2) return { ...result, unmet: [] };
  if (parts.length > MAX_ASKED_EACH) {
    const first = await findFirstUnmet(parts, async (some) => (await testFilter(some)).matches !== false).catch(
      unlessRefused,
    );
    return { ...result, unmet: first ? [JSON.stringify(first)] : [], notEachOf: parts.length };
  }
  const results = await Promise.all(parts.map(testFilter));
  const unmet = parts.filter((_, index) => results[index]?.matches === false);
  return { ...result, unmet: [...new Set(unmet.map((part) => JSON.stringify(part)))] };
}

/** Conditions that are checked together are nested one level deeper than in the filter, and may exceed its size limit. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Problem) || error.code !== 'VALIDATION_FAILED') throw error;
}

function Verdict({ result: { matches, error, unmet, notEachOf } }: { readonly result: ExplainedResult }) {
  if (matches === null) {
    return (
      <output class="note note-bad">
        <Badge tone="bad">can’t be evaluated</Badge> {error}. The delivery would become a dead letter with this reason.
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
                  <UntrustedCode text={text} />
                </code>
              </li>
            ))}
          </ul>
        </>
      )}
      {notEachOf !== undefined && (
        <p class="hint">
          {unmet.length > 0
            ? `The first of ${notEachOf} conditions that is not met; those after it were not checked.`
            : `There is no telling which of its ${notEachOf} conditions is not met. Try a part of the filter.`}
        </p>
      )}
    </output>
  );
}

/** @throws Problem if it is not JSON, naming the place where it stops being valid */
function filterOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(`The filter is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}
