import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { page } from '../../api/paths.ts';
import type { Destination } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';

interface LifeButtonsProps {
  readonly destination: Destination;
  readonly onChanged: (destination: Destination) => void;
}

/** Disabling, archiving and deleting, and the way back from the first two. */
export function LifeButtons({ destination, onChanged }: LifeButtonsProps) {
  const { id, enabled, archived_at } = destination;
  const [asked, setAsked] = useState<'archive' | 'delete' | undefined>();
  const switching = useAction(async () => {
    onChanged(await api.patch<Destination>(`/v1/destinations/${id}`, { enabled: !enabled }));
    say(enabled ? 'Disabled: deliveries are held' : 'Enabled: what was held is being sent');
  });
  const unarchiving = useAction(async () => {
    onChanged(await api.post<Destination>(`/v1/destinations/${id}/unarchive`));
    say('It takes events again');
  });
  const problem = switching.problem ?? unarchiving.problem;
  const close = () => setAsked(undefined);
  return (
    <>
      {archived_at === null ? (
        <>
          <Button onClick={() => switching.run()} isBusy={switching.isBusy}>
            {enabled ? 'Disable' : 'Enable'}
          </Button>
          <Button onClick={() => setAsked('archive')}>Archive…</Button>
        </>
      ) : (
        <Button onClick={() => unarchiving.run()} isBusy={unarchiving.isBusy}>
          Unarchive
        </Button>
      )}
      <Button kind="danger" onClick={() => setAsked('delete')}>
        Delete…
      </Button>
      {problem && <ProblemNote problem={problem} />}
      {asked === 'archive' && <Archive destination={destination} onChanged={onChanged} onClose={close} />}
      {asked === 'delete' && <Delete destination={destination} onClose={close} />}
    </>
  );
}

interface AskedProps {
  readonly destination: Destination;
  readonly onClose: () => void;
}

function Archive({ destination, onChanged, onClose }: AskedProps & Pick<LifeButtonsProps, 'onChanged'>) {
  const archiving = useAction(async () => {
    onChanged(await api.post<Destination>(`/v1/destinations/${destination.id}/archive`));
    onClose();
  });
  return (
    <FormDialog
      title={`Archive ${destination.name}?`}
      submitLabel="Archive"
      kind="danger"
      isBusy={archiving.isBusy}
      problem={archiving.problem}
      onClose={onClose}
      onSubmit={() => archiving.run()}
    >
      <p>It takes no new events, and what waits for it is cancelled. Settings, connections and history stay.</p>
    </FormDialog>
  );
}

function Delete({ destination, onClose }: AskedProps) {
  const { route } = useLocation();
  const deleting = useAction(async () => {
    await api.delete(`/v1/destinations/${destination.id}`);
    say(`${destination.name} is deleted`);
    route(page.destinations);
  });
  return (
    <FormDialog
      title={`Delete ${destination.name}?`}
      submitLabel="Delete"
      kind="danger"
      isBusy={deleting.isBusy}
      problem={deleting.problem}
      onClose={onClose}
      onSubmit={() => deleting.run()}
    >
      <p>What waits for it is cancelled, and its connections are removed. This can’t be undone; archiving can.</p>
    </FormDialog>
  );
}
