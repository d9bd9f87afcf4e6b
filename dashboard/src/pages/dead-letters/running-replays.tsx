import { useEffect } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { api } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { Page, Replay } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Button } from '../../ui/button.tsx';
import { formatNumber } from '../../ui/format.ts';
import { DestinationLink } from '../../ui/names.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Time } from '../../ui/time.tsx';

const REFRESH_MS = 2_000;

/** The replays that are under way, how far they are, and a way to stop them. */
export function RunningReplays({ onProgress }: { readonly onProgress: () => void }) {
  const { value, reload } = useResource<Page<'replays', Replay>>('/v1/replays?status=running', {
    everyMs: REFRESH_MS,
  });
  const running = value?.replays ?? [];
  const sent = running.reduce((sum, { replayed }) => sum + replayed, 0);
  useEffect(onProgress, [sent, running.length]);
  if (running.length === 0) return null;
  return (
    <section aria-label="Replays under way">
      {running.map((replay) => (
        <RunningReplay key={replay.id} replay={replay} onCancelled={reload} />
      ))}
    </section>
  );
}

function RunningReplay({ replay, onCancelled }: { readonly replay: Replay; readonly onCancelled: () => void }) {
  const cancelling = useAction(async () => {
    await api.post(`/v1/replays/${replay.id}/cancel`);
    onCancelled();
  });
  const { replayed, total, selection, started_at } = replay;
  const skipped = Object.values(replay.skipped).reduce((sum, count) => sum + count, 0);
  return (
    <div class="note replay">
      <div>
        <p>
          Sending again to{' '}
          {selection.destination_id ? <DestinationLink id={selection.destination_id} /> : 'all destinations'}, begun{' '}
          <Time at={started_at} />: {formatNumber(replayed)} sent
          {total !== null && ` of ${formatNumber(total)}`}
          {skipped > 0 && `, ${formatNumber(skipped)} skipped`}
        </p>
        <progress value={total === null ? undefined : replayed + skipped} max={total ?? undefined}>
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
