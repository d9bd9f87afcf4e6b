import type { Replay } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { describeReason } from '../deliveries/reason.ts';

const states: Readonly<Record<Replay['status'], string>> = {
  running: 'running',
  completed: 'completed',
  cancelled: 'stopped',
  failed: 'failed',
};

/** `failed (its destination was deleted)` */
export function describeState({ status, reason }: Pick<Replay, 'status' | 'reason'>): string {
  return reason === null ? states[status] : `${states[status]} (${describeReason(reason)})`;
}

export function countSkipped({ skipped }: Pick<Replay, 'skipped'>): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}

/** Why some were not sent: `2: its event had expired` */
export function describeSkips({ skipped }: Pick<Replay, 'skipped'>): string {
  const some = Object.entries(skipped).filter(([, count]) => count > 0);
  return some.map(([reason, count]) => `${formatNumber(count)}: ${describeReason(reason)}`).join('; ');
}
