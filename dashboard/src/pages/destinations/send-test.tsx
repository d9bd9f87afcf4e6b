import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { detailOf } from '../../api/problem.ts';
import type { TestResult } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { AttemptView } from '../deliveries/attempt.tsx';

/** Sends a webhook now and shows the result. */
export function SendTest({ id }: { readonly id: string }) {
  const [body, setBody] = useState('');
  const [result, setResult] = useState<TestResult | undefined>();
  const sending = useAction(async () => {
    const received = await api.post<TestResult>(`/v1/destinations/${id}/test`, body === '' ? {} : { body });
    setResult(received);
    say(received.succeeded ? 'The test webhook was accepted' : 'The test webhook was not accepted');
  });
  return (
    <>
      <h2>Try it</h2>
      <Form
        class="form"
        action={sending}
        footer={
          <Button type="submit" isBusy={sending.isBusy}>
            Send a test webhook
          </Button>
        }
      >
        <TextArea
          label="Body of the test webhook"
          value={body}
          onInput={setBody}
          isCode
          hint="Empty: a small JSON object of the type hawser.test. Nothing is stored."
          error={detailOf(sending.problem, 'body')}
        />
      </Form>
      {sending.problem && <ProblemNote problem={sending.problem} />}
      {result && <AttemptView key={result.attempt.started_at} attempt={result.attempt} isOpen />}
    </>
  );
}
