import { useState } from 'preact/hooks';
import { useLatest, useResource } from '../../api/resource.ts';
import type { Health } from '../../api/types.ts';
import { DeliveriesOverTime } from '../../ui/chart/deliveries-over-time.tsx';
import { Figures } from '../../ui/figures.tsx';
import { formatMs, formatNumber, formatPercent } from '../../ui/format.ts';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Time } from '../../ui/time.tsx';
import { WindowField } from '../../ui/window-field.tsx';
import { HealthBadge } from './state.tsx';

const REFRESH_MS = 15_000;

/** How deliveries went in the last hour, day or week. */
export function HealthSection({ id }: { readonly id: string }) {
  const [window, setWindow] = useState<Health['window']>('24h');
  const health = useResource<Health>(`/v1/destinations/${id}/health?window=${window}`, {
    everyMs: REFRESH_MS,
  });
  const { problem, reload } = health;
  const value = useLatest(health);
  return (
    <section aria-label="Health" aria-busy={health.value === undefined && !problem}>
      <h2>Health</h2>
      <WindowField value={window} onChange={setWindow} />
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {(value || !problem) && <HealthFigures health={value} />}
    </section>
  );
}

/** Equally high before the figures are known, so that what is below does not move. */
function HealthFigures({ health }: { readonly health: Health | undefined }) {
  const told = <Value,>(of: (known: Health) => Value) => (health ? of(health) : '–');
  return (
    <>
      <Figures
        figures={[
          ['Status', told(({ status }) => <HealthBadge status={status} />)],
          ['Success', told(({ success_rate }) => formatPercent(success_rate))],
          ['Attempts', told(({ total_deliveries }) => formatNumber(total_deliveries))],
          ['Failed', told(({ failed_deliveries }) => formatNumber(failed_deliveries))],
          ['p50 latency', told(({ p50_latency_ms }) => formatMs(p50_latency_ms))],
          ['p95 latency', told(({ p95_latency_ms }) => formatMs(p95_latency_ms))],
          ['p99 latency', told(({ p99_latency_ms }) => formatMs(p99_latency_ms))],
          ['Last failure', told(({ last_failure_at }) => <Time at={last_failure_at} />)],
        ]}
      />
      <DeliveriesOverTime series={health?.series ?? []} />
    </>
  );
}
