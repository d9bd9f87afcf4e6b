import { useEffect, useRef, useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { type Progress, processEach } from '../../api/one-by-one.ts';
import type { Delivery } from '../../api/types.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { isRefusal, SelectedOutcome, type SelectedOutcomeProps, summaryOf } from './selected-outcome.tsx';

interface SelectedActionsProps {
  /** Whether it is known what may be done. What is under way is shown in any case, so that it can be stopped. */
  readonly isShown: boolean;
  /** The path of the list. */
  readonly of: string | undefined;
  readonly selection: readonly Delivery[];
  readonly maySend: boolean;
  readonly onSelectAll: () => void;
  /** @param done the ids of those for which it succeeded */
  readonly onDone: (done: ReadonlySet<string>) => void;
}

/** Actions on the selected ones, with a request for each. For more than a few there are replays. */
export function SelectedActions({ isShown, of, selection, maySend, onSelectAll, onDone }: SelectedActionsProps) {
  const [isDiscarding, setIsDiscarding] = useState(false);
  const [progress, setProgress] = useState<Progress | undefined>();
  const [told, setTold] = useState<SelectedOutcomeProps | undefined>();
  const isStopped = useRef(false);
  const withSelected = async (what: string, act: (delivery: Delivery) => Promise<unknown>) => {
    isStopped.current = false;
    setTold(undefined);
    const ends = { isStopped: () => isStopped.current, isRefusal };
    const outcome = await processEach(selection, act, setProgress, ends);
    const { done, refused, failure } = outcome;
    setProgress(undefined);
    onDone(new Set([...done].map(({ id }) => id)));
    const summary = summaryOf(outcome, what, selection.length);
    if (refused.length > 0 || failure) setTold({ summary, refused });
    else say(summary);
    if (failure) throw failure.error;
  };
  // Needs no key: the API refuses any that are no longer dead, and any that died again should be sent.
  const replaying = useAction(() => withSelected('sent again', ({ id }) => api.post(`/v1/dead-letters/${id}/replay`)));
  const discarding = useAction(async () => {
    // Closed at once: while the dialog is open, the button that stops it is out of reach.
    setIsDiscarding(false);
    await withSelected('discarded', ({ id }) => api.delete(`/v1/dead-letters/${id}`));
  });
  // The outcome was about the list before. What is still under way is reported wherever it ends.
  useEffect(() => {
    setTold(undefined);
    replaying.forget();
    discarding.forget();
  }, [of]);
  const isBusy = progress !== undefined;
  if (!isShown && !isBusy) return null;
  return (
    <>
      <div class="page-actions selected-actions">
        <span aria-live="polite">
          {progress ? `${progress.done} of ${progress.of} done` : `${selection.length} selected`}
        </span>
        {progress && (
          <Button
            onClick={() => {
              isStopped.current = true;
            }}
          >
            Stop
          </Button>
        )}
        <Button kind="quiet" onClick={onSelectAll}>
          Select all shown
        </Button>
        {maySend && (
          <Button onClick={() => replaying.run()} isBusy={isBusy} disabled={selection.length === 0}>
            Send again
          </Button>
        )}
        <Button kind="danger" onClick={() => setIsDiscarding(true)} isBusy={isBusy} disabled={selection.length === 0}>
          Discard…
        </Button>
      </div>
      {told && <SelectedOutcome {...told} />}
      {replaying.problem && <ProblemNote problem={replaying.problem} />}
      {discarding.problem && <ProblemNote problem={discarding.problem} />}
      {isDiscarding && (
        <FormDialog
          title={`Discard ${selection.length}?`}
          submitLabel="Discard"
          busyLabel="Discarding…"
          kind="danger"
          action={discarding}
          onClose={() => setIsDiscarding(false)}
        >
          <p>They are cancelled and leave the dead-letter queue. Their events stay, and can still be sent again.</p>
        </FormDialog>
      )}
    </>
  );
}
