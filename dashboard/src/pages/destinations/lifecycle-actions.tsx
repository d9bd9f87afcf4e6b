import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { page } from '../../api/paths.ts';
import type { Destination } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { isolated } from '../../ui/bidi.ts';
import { Button } from '../../ui/button.tsx';
import { DeleteButton } from '../../ui/delete-button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';

interface LifecycleActionsProps {
  readonly destination: Destination;
  readonly onChanged: (destination: Destination) => void;
}

/** Buttons to disable, archive and delete, and to undo the first two. */
export function LifecycleActions({ destination, onChanged }: LifecycleActionsProps) {
  const { id, name, enabled, archived_at } = destination;
  const path = `/v1/destinations/${id}`;
  const [isArchiving, setIsArchiving] = useState(false);
  const switching = useAction(async () => {
    onChanged(await api.patch<Destination>(path, { enabled: !enabled }));
    say(enabled ? 'Disabled: deliveries are held' : 'Enabled: what was held is being sent');
  });
  const unarchiving = useAction(async (post) => {
    onChanged(await post<Destination>(`${path}/unarchive`));
    say('It takes events again');
  }, archived_at ?? 'in use');
  const archiving = useAction(async (post) => {
    onChanged(await post<Destination>(`${path}/archive`));
    setIsArchiving(false);
  });
  const problem = switching.problem ?? unarchiving.problem;
  return (
    <>
      {archived_at === null ? (
        <>
          <Button onClick={() => switching.run()} isBusy={switching.isBusy}>
            {enabled ? 'Disable' : 'Enable'}
          </Button>
          <Button onClick={() => setIsArchiving(true)}>Archive…</Button>
        </>
      ) : (
        <Button onClick={() => unarchiving.run()} isBusy={unarchiving.isBusy}>
          Unarchive
        </Button>
      )}
      <DeleteButton name={name} path={path} after={page.destinations}>
        <p>What waits for it is cancelled, and its connections are removed. This can’t be undone; archiving can.</p>
      </DeleteButton>
      {problem && <ProblemNote problem={problem} />}
      {isArchiving && (
        <FormDialog
          title={`Archive ${isolated(name)}?`}
          submitLabel="Archive"
          busyLabel="Archiving…"
          kind="danger"
          action={archiving}
          onClose={() => setIsArchiving(false)}
        >
          <p>It takes no new events, and what waits for it is cancelled. Settings, connections and history stay.</p>
        </FormDialog>
      )}
    </>
  );
}
