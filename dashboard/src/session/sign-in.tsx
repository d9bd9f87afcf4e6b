import { useEffect, useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { signIn } from './session.ts';

export function SignIn({ wasSignedIn }: { readonly wasSignedIn: boolean }) {
  const [key, setKey] = useState('');
  const signingIn = useAction(() => signIn(key.trim()));
  useEffect(() => {
    document.title = 'Sign in · Hawser';
  }, []);
  return (
    <main class="sign-in">
      <h1>Hawser</h1>
      {wasSignedIn && <p class="note">The session has ended. Sign in again to go on where you were.</p>}
      <Form action={signingIn}>
        <TextField
          label="API key"
          type="password"
          value={key}
          onInput={setKey}
          autocomplete="current-password"
          required
          autoFocus
          hint={
            <>
              <code>npm start</code> prints the root key at the first start; on AWS it is in Secrets Manager, under the
              ARN that the output <code>RootKeySecretArn</code> names.
            </>
          }
        />
        {signingIn.problem && <ProblemNote problem={signingIn.problem} />}
        <Button type="submit" kind="primary" isBusy={signingIn.isBusy}>
          Sign in
        </Button>
      </Form>
      <p class="hint">
        The key is exchanged for a session that no script can read, and is not kept. The API is described at{' '}
        <a href="/v1/reference">/v1/reference</a>.
      </p>
    </main>
  );
}
