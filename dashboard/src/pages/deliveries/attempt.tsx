import type { ComponentChildren } from 'preact';
import type { Attempt, ClientAnswer } from '../../api/types.ts';
import { BodyView } from '../../ui/body-view.tsx';
import { formatMs } from '../../ui/format.ts';
import { HeadersView } from '../../ui/headers-view.tsx';
import { Time } from '../../ui/time.tsx';
import { UntrustedCode, UntrustedText } from '../../ui/untrusted-text.tsx';
import { ClientAnswerView } from './client-answer.tsx';
import { Outcome } from './status.tsx';

interface AttemptViewProps {
  /** A test webhook has no client answer, and is never shortened. */
  readonly attempt: Attempt & { readonly client_answer?: ClientAnswer | null; readonly shortened?: boolean };
  readonly isOpen: boolean;
  /** The body that was sent. Not shown for a test webhook, because whoever sent it knows it. */
  readonly body?: ComponentChildren;
}

/** One try: what was sent, what came back, and how long it took. */
export function AttemptView({ attempt, isOpen, body }: AttemptViewProps) {
  const { number, started_at, duration_ms, error_message, request_headers, response_headers } = attempt;
  const { client_answer: told, request_method, request_target } = attempt;
  return (
    <details class="attempt" open={isOpen}>
      <summary>
        <span>Attempt {number}</span> <Outcome {...attempt} /> <span>{formatMs(duration_ms)}</span>{' '}
        <Time at={started_at} precision="millisecond" />
      </summary>
      {error_message && (
        <p class="note note-bad">
          <UntrustedText text={error_message} />
        </p>
      )}
      <h3>Response</h3>
      {response_headers ? (
        <>
          <HeadersView headers={response_headers} />
          <BodyView
            what="response body"
            text={attempt.response_body ?? ''}
            encoding={attempt.response_body_encoding}
            isTruncated={attempt.response_body_truncated}
          />
        </>
      ) : (
        <p class="hint">{attempt.shortened ? SHORTENED : 'There was none.'}</p>
      )}
      {told &&
        (isTheAttempt(told, attempt) ? (
          <p class="hint">The program behind the client took {formatMs(told.duration_ms)}.</p>
        ) : (
          <ClientAnswerView answer={told} />
        ))}
      <h3>Request, as sent</h3>
      {request_target && (
        <p class="called">
          <code>
            <UntrustedCode text={[request_method, request_target].filter(Boolean).join(' ')} />
          </code>
        </p>
      )}
      {attempt.shortened ? <p class="hint">{SHORTENED}</p> : <HeadersView headers={request_headers} />}
      {body}
    </details>
  );
}

const SHORTENED = 'Not shown: there are too many newer attempts.';

/** True where the destination waits for the client's answer, which is then the attempt's own. */
function isTheAttempt(told: ClientAnswer, attempt: Attempt): boolean {
  const { status_code, error_code, response_body } = attempt;
  return told.status_code === status_code && told.error_code === error_code && told.body === response_body;
}
