import type { Circuit, Destination, Health } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { formatNumber } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';

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

/** Of a circuit that is not closed. It opened when it says so, whatever probes there have been since. */
export function OpenSince({ state, opened_at }: Pick<Circuit, 'state' | 'opened_at'>) {
  const opened = <Time at={opened_at} />;
  return (
    <>
      <CircuitBadge state={state} />
      {state === 'half_open' ? <>: open since {opened}; a probe is under way</> : <> since {opened}</>}
    </>
  );
}

/** If there are any. */
export function failuresOf({ failure_count: count }: Pick<Circuit, 'failure_count'>): string {
  return count === 1 ? 'its last attempt has failed' : `its last ${formatNumber(count)} attempts have failed`;
}
