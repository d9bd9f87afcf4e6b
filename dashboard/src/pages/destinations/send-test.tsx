import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { detailOf } from '../../api/problem.ts';
import type { Trial } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { AttemptView } from '../deliveries/attempt.tsx';

/** Sends a webhook now and shows the result. */
export function TrialSection({ id }: { readonly id: string }) {
  const [body, setBody] = useState('');
  const [trial, setTrial] = useState<Trial | undefined>();
  const trying = useAction(async () => {
    const tried = await api.post<Trial>(`/v1/destinations/${id}/test`, body === '' ? {} : { body });
    setTrial(tried);
    say(tried.succeeded ? 'The test webhook was accepted' : 'The test webhook was not accepted');
  });
  return (
    <>
      <h2>Try it</h2>
      <Form
        class="form"
        action={trying}
        footer={
          <Button type="submit" isBusy={trying.isBusy}>
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
          error={detailOf(trying.problem, 'body')}
        />
      </Form>
      {trying.problem && <ProblemNote problem={trying.problem} />}
      {trial && <AttemptView key={trial.attempt.started_at} attempt={trial.attempt} isOpen />}
    </>
  );
}
