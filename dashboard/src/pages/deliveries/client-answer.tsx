import type { ClientAnswer } from '../../api/types.ts';
import { BodyView } from '../../ui/body-view.tsx';
import { formatMs } from '../../ui/format.ts';
import { HeadersView } from '../../ui/headers-view.tsx';
import { UntrustedText } from '../../ui/untrusted-text.tsx';
import { Outcome } from './status.tsx';

/** What the program behind a client of a WebSocket destination answered, as the client reports it. */
export function ClientAnswerView({ answer }: { readonly answer: ClientAnswer }) {
  const { duration_ms, error_message, headers, body, body_encoding, body_truncated } = answer;
  return (
    <>
      <h3>
        Answer behind the client: <Outcome {...answer} /> {formatMs(duration_ms)}
      </h3>
      {error_message && (
        <p class="note note-bad">
          <UntrustedText text={error_message} />
        </p>
      )}
      {headers && <HeadersView headers={headers} />}
      {body !== null && (
        <BodyView what="client's answer" text={body} encoding={body_encoding} isTruncated={body_truncated} />
      )}
    </>
  );
}
