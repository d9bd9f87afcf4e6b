import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import type { Delivery } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';

interface SelectedActionsProps {
  readonly selection: readonly Delivery[];
  readonly onSelectAll: () => void;
  readonly onDone: () => void;
}

/** What is done with those that are selected, one request after the other: more than some are what replays are for. */
export function SelectedActions({ selection, onSelectAll, onDone }: SelectedActionsProps) {
  const [isDiscarding, setIsDiscarding] = useState(false);
  const replaying = useAction(async () => {
    for (const { id } of selection) await api.post(`/v1/dead-letters/${id}/replay`);
    say(`${selection.length} sent again`);
    onDone();
  });
  const discarding = useAction(async () => {
    for (const { id } of selection) await api.delete(`/v1/dead-letters/${id}`);
    setIsDiscarding(false);
    say(`${selection.length} discarded`);
    onDone();
  });
  return (
    <>
      <div class="page-actions selected-actions">
        <span aria-live="polite">{selection.length} selected</span>
        <Button kind="quiet" onClick={onSelectAll}>
          Select all shown
        </Button>
        <Button onClick={() => replaying.run()} isBusy={replaying.isBusy} disabled={selection.length === 0}>
          Send again
        </Button>
        <Button kind="danger" onClick={() => setIsDiscarding(true)} disabled={selection.length === 0}>
          Discard…
        </Button>
      </div>
      {replaying.problem && <ProblemNote problem={replaying.problem} />}
      {isDiscarding && (
        <FormDialog
          title={`Discard ${selection.length}?`}
          submitLabel="Discard"
          kind="danger"
          action={discarding}
          onClose={() => setIsDiscarding(false)}
        >
          <p>They become cancelled and leave the dead-letter queue. Their events stay, and can still be sent again.</p>
        </FormDialog>
      )}
    </>
  );
}
