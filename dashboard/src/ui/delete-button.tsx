import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { remove } from '../api/removal.ts';
import { say } from './announcer.tsx';
import { isolated } from './bidi.ts';
import { Button } from './button.tsx';
import { FormDialog } from './dialog.tsx';
import { useNavigate } from './navigate.ts';

interface DeleteButtonProps {
  readonly name: string;
  /** The path in the API. */
  readonly path: string;
  /** The page to open afterwards. */
  readonly after: string;
  /** What is deleted with it, and what stays. */
  readonly children: ComponentChildren;
}

export function DeleteButton({ name, path, after, children }: DeleteButtonProps) {
  const navigate = useNavigate();
  const [isPrimary, setIsAsked] = useState(false);
  const deleting = useAction(async () => {
    await remove(path);
    say(`${isolated(name)} is deleted`);
    navigate(after);
  });
  return (
    <>
      <Button kind="danger" onClick={() => setIsAsked(true)}>
        Delete…
      </Button>
      {isPrimary && (
        <FormDialog
          title={`Delete ${isolated(name)}?`}
          submitLabel="Delete"
          busyLabel="Deleting…"
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
