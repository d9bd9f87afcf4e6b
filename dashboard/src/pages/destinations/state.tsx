import type { Circuit, Destination, Health } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';

export function StateBadge({ destination }: { readonly destination: Destination }) {
  if (destination.archived_at !== null) return <Badge tone="calm">archived</Badge>;
  return destination.enabled ? <Badge tone="good">enabled</Badge> : <Badge tone="warn">disabled: holds</Badge>;
}

const healthTones: Readonly<Record<Health['status'], Tone>> = {
  healthy: 'good',
  degraded: 'warn',
  failing: 'bad',
  unknown: 'calm',
};

export function HealthBadge({ status }: Pick<Health, 'status'>) {
  return <Badge tone={healthTones[status]}>{status}</Badge>;
}

const circuitTones: Readonly<Record<Circuit['state'], Tone>> = { closed: 'good', open: 'bad', half_open: 'warn' };

export function CircuitBadge({ state }: Pick<Circuit, 'state'>) {
  return <Badge tone={circuitTones[state]}>{state.replace('_', '-')}</Badge>;
}
