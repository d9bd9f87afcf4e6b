import { useList } from '../../api/list.ts';
import type { Resource } from '../../api/resource.ts';
import type { Replay } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { type Column, ListTable } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { countSkipped, describeState } from './describe-replay.ts';
import { ReplayedDeliveries, ReplayTarget } from './replay-links.tsx';

const REFRESH_MS = 5_000;

/** How many at first; older ones are shown on demand. */
const MAX_SHOWN = 5;

const columns: readonly Column<Replay>[] = [
  { header: 'Begun', cell: ({ started_at }) => <Time at={started_at} /> },
  { header: 'To', cell: (replay) => <ReplayTarget replay={replay} /> },
  { header: 'State', cell: describeState },
  { header: 'Queued', cell: ({ replayed }) => formatNumber(replayed), isNumber: true },
  { header: 'Skipped', cell: (replay) => formatNumber(countSkipped(replay)), isNumber: true },
  { header: 'Ended', cell: ({ ended_at }) => <Time at={ended_at} /> },
  { header: 'What becomes of them', cell: (replay) => <ReplayedDeliveries replay={replay} /> },
];

interface LastReplaysProps {
  readonly running: Pick<Resource<unknown>, 'problem' | 'reload'>;
}

/**
 * The outcome of the last replays, for anybody who was away when they ended. Also says, once, if these or the running ones can't
 * be loaded.
 */
export function LastReplays({ running }: LastReplaysProps) {
  const last = useList<Replay>(`/v1/replays?limit=${MAX_SHOWN}`, 'replays', { everyMs: REFRESH_MS });
  const problem = last.problem ?? running.problem;
  if (!problem && !last.items?.length) return null;
  const tryAgain = () => {
    if (last.problem) last.tryAgain();
    if (running.problem) running.reload();
  };
  return (
    <>
      <h2>Last replays</h2>
      <ListTable
        caption="Last replays"
        list={{ ...last, problem, tryAgain }}
        columns={columns}
        keyOf={({ id }) => id}
        empty={null}
      />
    </>
  );
}
