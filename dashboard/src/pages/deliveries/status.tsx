import type { Attempt, Delivery } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';

export const statuses = ['pending', 'retrying', 'held', 'succeeded', 'dead', 'cancelled'] as const;

const tones: Readonly<Record<Delivery['status'], Tone>> = {
  pending: 'busy',
  retrying: 'warn',
  held: 'warn',
  succeeded: 'good',
  dead: 'bad',
  cancelled: 'calm',
};

export function StatusBadge({ status }: Pick<Delivery, 'status'>) {
  return <Badge tone={tones[status]}>{status}</Badge>;
}

/** What the other side answered, or why it did not. */
export function Outcome({ status_code, error_code }: Pick<Delivery | Attempt, 'status_code' | 'error_code'>) {
  if (status_code === null && error_code === null) return <span>–</span>;
  const isGood = status_code !== null && status_code >= 200 && status_code < 300;
  return <Badge tone={isGood ? 'good' : 'bad'}>{status_code ?? error_code}</Badge>;
}

const ENDED: readonly Delivery['status'][] = ['succeeded', 'dead', 'cancelled'];

/** Whether nothing more happens to it by itself. */
export function hasEnded({ status }: Pick<Delivery, 'status'>): boolean {
  return ENDED.includes(status);
}

/** The part of a delivery that changes whenever something is done with it. */
export function fingerprintOf({ id, status, attempt_count }: Delivery): string {
  return `${id} ${status} ${attempt_count}`;
}
