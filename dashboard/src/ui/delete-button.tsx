import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { say } from './announcer.tsx';
import { isolated } from './bidi.ts';
import { Button } from './button.tsx';
import { FormDialog } from './dialog.tsx';

interface DeleteButtonProps {
  readonly name: string;
  /** Of the API. */
  readonly path: string;
  /** The page to go to afterwards. */
  readonly after: string;
  /** What goes with it, and what stays. */
  readonly children: ComponentChildren;
}

export function DeleteButton({ name, path, after, children }: DeleteButtonProps) {
  const { route } = useLocation();
  const [isAsked, setIsAsked] = useState(false);
  const deleting = useAction(async () => {
    await api.delete(path);
    say(`${isolated(name)} is deleted`);
    route(after);
  });
  return (
    <>
      <Button kind="danger" onClick={() => setIsAsked(true)}>
        Delete…
      </Button>
      {isAsked && (
        <FormDialog
          title={`Delete ${isolated(name)}?`}
          submitLabel="Delete"
          kind="danger"
          action={deleting}
          onClose={() => setIsAsked(false)}
        >
          {children}
        </FormDialog>
      )}
    </>
  );
}
