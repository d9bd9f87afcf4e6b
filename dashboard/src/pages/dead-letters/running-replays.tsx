import { useEffect, useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { type Resource, useResource } from '../../api/resource.ts';
import type { Page, Replay } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { formatNumber } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Time } from '../../ui/time.tsx';
import { countSkipped, describeSkips, describeState } from './describe-replay.ts';
import { ReplayedDeliveries, ReplayTarget } from './replay-links.tsx';

const REFRESH_MS = 2_000;

type ReplaysPage = Page<'replays', Replay>;

/** The replays that are under way. */
export function useRunningReplays(): Resource<ReplaysPage> {
  return useResource<ReplaysPage>('/v1/replays?status=running', { everyMs: REFRESH_MS });
}

interface RunningReplaysProps {
  readonly running: Resource<ReplaysPage>;
  /** A replay begun here, which may be over before the list is loaded again. */
  readonly begun: Replay | undefined;
  readonly onProgress: () => void;
}

/**
 * The replays under way, their progress, and a way to stop them. Each one stays after its end until it is closed. If they can't
 * be loaded, the last replays say so, below the list: here the message would move the list.
 */
export function RunningReplays({ running: { value, reload }, begun, onProgress }: RunningReplaysProps) {
  const [seen, setSeen] = useState<readonly string[]>([]);
  const [closed, setClosed] = useState<readonly string[]>([]);
  const running = value?.replays ?? [];
  const queued = running.reduce((sum, { replayed }) => sum + replayed, 0);
  useEffect(onProgress, [queued, running.length]);
  const met = [...new Set([...(begun ? [begun.id] : []), ...running.map(({ id }) => id), ...seen])];
  useEffect(() => setSeen(met), [met.join()]);
  const shown = met.filter((id) => !closed.includes(id));
  if (shown.length === 0) return null;
  return (
    <section aria-label="Replays">
      {shown.map((id) => (
        <FollowedReplay
          key={id}
          id={id}
          listed={running.find((replay) => replay.id === id)}
          onChanged={reload}
          onEnded={onProgress}
          onClose={() => setClosed([...closed, id])}
        />
      ))}
    </section>
  );
}

interface FollowedReplayProps {
  readonly id: string;
  /** As in the list of those under way. One that has ended is loaded by itself. */
  readonly listed: Replay | undefined;
  readonly onChanged: () => void;
  readonly onEnded: () => void;
  readonly onClose: () => void;
}

function FollowedReplay({ id, listed, onChanged, onEnded, onClose }: FollowedReplayProps) {
  const path = listed ? undefined : `/v1/replays/${id}`;
  const { value, problem } = useResource<Replay>(path, { everyMs: REFRESH_MS, until: isOver });
  const replay = listed ?? value;
  const hasEnded = replay !== undefined && isOver(replay);
  useEffect(() => {
    if (hasEnded) onEnded();
  }, [hasEnded]);
  if (!replay) return problem ? <ProblemNote problem={problem} /> : null;
  return hasEnded ? (
    <EndedReplay replay={replay} onClose={onClose} />
  ) : (
    <RunningReplay replay={replay} onCancelled={onChanged} />
  );
}

/** `replayed` counts what is in the queue. This may be a hundred, or ten seconds, ahead of what is sent. */
function RunningReplay({ replay, onCancelled }: { readonly replay: Replay; readonly onCancelled: () => void }) {
  const cancelling = useAction(async (post) => {
    await post(`/v1/replays/${replay.id}/cancel`);
    onCancelled();
  });
  const { replayed, total, started_at } = replay;
  const skipped = countSkipped(replay);
  return (
    <div class="note replay">
      <div>
        <p>
          Sending again to <ReplayTarget replay={replay} />, begun <Time at={started_at} />: {formatNumber(replayed)}
          {total !== null && ` of ${formatNumber(total)}`} queued
          {skipped > 0 && `, ${formatNumber(skipped)} skipped`}
        </p>
        <progress aria-label="Replay" value={total === null ? undefined : replayed + skipped} max={total ?? undefined}>
          {replayed}
        </progress>
      </div>
      {mayWrite() && (
        <Button onClick={() => cancelling.run()} isBusy={cancelling.isBusy}>
          Stop
        </Button>
      )}
      {cancelling.problem && <ProblemNote problem={cancelling.problem} />}
    </div>
  );
}

function EndedReplay({ replay, onClose }: { readonly replay: Replay; readonly onClose: () => void }) {
  const { status, replayed, ended_at } = replay;
  const skips = describeSkips(replay);
  return (
    <div class={`note replay ${status === 'failed' ? 'note-bad' : ''}`}>
      <p>
        The replay to <ReplayTarget replay={replay} /> has {status === 'cancelled' ? 'been ' : ''}
        {describeState(replay)} <Time at={ended_at} />: {formatNumber(replayed)} queued,{' '}
        {formatNumber(countSkipped(replay))} skipped
        {skips && ` (${skips})`}.
        {replayed > 0 && (
          <>
            {status !== 'completed' && ' What it has already queued is still sent.'} What becomes of them:{' '}
            <ReplayedDeliveries replay={replay} />.
          </>
        )}
      </p>
      <Button kind="quiet" onClick={onClose}>
        Close
      </Button>
    </div>
  );
}

function isOver({ status }: Replay): boolean {
  return status !== 'running';
}
