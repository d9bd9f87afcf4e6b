import { api } from '../../api/client.ts';
import { detailOf } from '../../api/problem.ts';
import type { TransformTestResult } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { BodyView } from '../../ui/body-view.tsx';
import { Button } from '../../ui/button.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { formatBytes } from '../../ui/format.ts';
import { HeadersView } from '../../ui/headers-view.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { requestLine } from '../../ui/request-line.ts';
import { UntrustedCode, UntrustedText } from '../../ui/untrusted-text.tsx';
import { EditorButtons, type EditorProps, useEdit, useEditing } from './editor.tsx';

const BEGINNING = `function transform(event) {
  return { body: { id: event.id, ...event.json } };
}
`;

/** Edits the form in which events are sent. */
export function TransformEditor({ connection, eventId, onChanged }: EditorProps) {
  const [code, setCode, editIsSaved] = useEdit(connection.transform ?? '');
  const isEmpty = code.trim() === '';
  const { result, trying, saving, sending, problem } = useEditing({
    onSaved: editIsSaved,
    connection,
    onChanged,
    field: 'transform',
    text: code,
    value: () => (isEmpty ? null : code),
    test: () => api.post<TransformTestResult>('/v1/transforms/test', { transform: code, event_id: eventId }),
  });
  return (
    <section aria-label="Transform">
      <h2>Transform</h2>
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
              saveLabel="Save transform"
              canTry={eventId !== undefined && !isEmpty}
            >
              {code === '' && (
                <Button onClick={() => setCode(BEGINNING)} disabled={sending.isBusy}>
                  Start with an example
                </Button>
              )}
            </EditorButtons>
          </>
        }
      >
        <TextArea
          label="JavaScript that makes the request"
          isCode
          rows={12}
          value={code}
          onInput={setCode}
          error={detailOf(problem, 'transform')}
          hint={
            <>
              <code>transform(event, variables)</code> returns what is to be sent in place of <code>method</code>,{' '}
              <code>path</code>, <code>query</code>, <code>headers</code> and <code>body</code>, or <code>null</code> to
              send nothing. It has no network, no clock and no randomness. Empty: events are sent as they came.
            </>
          }
        />
      </Form>
      {result && <Made result={result} />}
    </section>
  );
}

interface ResultProps {
  readonly result: TransformTestResult;
}

/** Why nothing would be sent, if that is the case. */
function Verdict({ result: { outcome, error } }: ResultProps) {
  if (error) {
    return (
      <output class="note note-bad">
        <Badge tone="bad">failed</Badge> <UntrustedText text={error.message} />
        {error.line !== null && ` (line ${error.line})`}. The delivery would become a dead letter with this reason.
      </output>
    );
  }
  if (outcome !== 'dropped') return null;
  return (
    <output class="note">
      <Badge tone="calm">dropped</Badge> Nothing would be sent.
    </output>
  );
}

/** Below the buttons, so that they don't move: a body may be long and needs the full width. */
function Made({ result: { request, logs } }: ResultProps) {
  if (!request && logs.length === 0) return null;
  return (
    <output class="made">
      {request && (
        <>
          <h3>What would be sent</h3>
          <p>
            <code>
              <UntrustedCode text={requestLine(request)} />
            </code>
            , {formatBytes(request.body_bytes)}
          </p>
          <HeadersView headers={request.headers} />
          <BodyView what="body that would be sent" text={request.body} encoding={request.body_encoding} />
        </>
      )}
      {logs.length > 0 && (
        <>
          <h3>What it logged</h3>
          <ul class="logs">
            {logs.map(({ level, message }, index) => (
              <li key={`${index} ${message}`}>
                <code>
                  <UntrustedCode text={`${level}: ${message}`} />
                </code>
              </li>
            ))}
          </ul>
        </>
      )}
    </output>
  );
}
