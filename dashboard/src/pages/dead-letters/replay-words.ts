import type { Replay } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';
import { inWords } from '../deliveries/reason.ts';

const states: Readonly<Record<Replay['status'], string>> = {
  running: 'running',
  completed: 'completed',
  cancelled: 'stopped',
  failed: 'failed',
};

/** `failed (its destination was deleted)` */
export function stateOf({ status, reason }: Pick<Replay, 'status' | 'reason'>): string {
  return reason === null ? states[status] : `${states[status]} (${inWords(reason)})`;
}

export function skippedOf({ skipped }: Pick<Replay, 'skipped'>): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}

/** Why some were not sent: `2: its event had expired` */
export function skipsOf({ skipped }: Pick<Replay, 'skipped'>): string {
  const some = Object.entries(skipped).filter(([, count]) => count > 0);
  return some.map(([reason, count]) => `${formatNumber(count)}: ${inWords(reason)}`).join('; ');
}
