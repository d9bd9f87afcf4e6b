import { useEffect, useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import type { Session } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { signIn } from './session.ts';

export function SignIn() {
  useEffect(() => {
    document.title = 'Sign in · Hawser';
  }, []);
  return (
    <main class="sign-in">
      <h1>Hawser</h1>
      <KeyForm />
    </main>
  );
}

/** Covers what was shown and typed when the session ended. */
export function SignInAgain({ ended }: { readonly ended: Session }) {
  return (
    <Dialog title="Sign in again" class="curtain">
      <p>
        The session has ended. Sign in to {ended.organization_name} again to continue where you left off. A key of
        another organization takes you there instead, and unsaved changes are lost.
      </p>
      <KeyForm />
    </Dialog>
  );
}

function KeyForm() {
  const [key, setKey] = useState('');
  const signingIn = useAction(() => signIn(key.trim()));
  return (
    <>
      <Form
        action={signingIn}
        footer={
          <>
            {signingIn.problem && <ProblemNote problem={signingIn.problem} />}
            <Button type="submit" kind="primary" isBusy={signingIn.isBusy}>
              Sign in
            </Button>
          </>
        }
      >
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
      </Form>
      <p class="hint">
        The key is exchanged for a session that no script can read, and is not kept. The API is described at{' '}
        {/* In a new tab: in this one it would replace what is kept for the sign-in. */}
        <a href="/v1/reference" target="_blank" rel="noreferrer">
          /v1/reference
        </a>
        .
      </p>
    </>
  );
}
