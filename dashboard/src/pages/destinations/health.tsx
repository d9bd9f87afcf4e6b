import { useState } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
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
  const { value, problem, reload } = useResource<Health>(`/v1/destinations/${id}/health?window=${window}`, {
    everyMs: REFRESH_MS,
  });
  return (
    <>
      <h2>Health</h2>
      <WindowField value={window} onChange={setWindow} />
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {value && (
        <Figures
          figures={[
            ['Status', <HealthBadge key="status" status={value.status} />],
            ['Success', formatPercent(value.success_rate)],
            ['Attempts', formatNumber(value.total_deliveries)],
            ['Failed', formatNumber(value.failed_deliveries)],
            ['Half of them within', formatMs(value.p50_latency_ms)],
            ['95 % within', formatMs(value.p95_latency_ms)],
            ['99 % within', formatMs(value.p99_latency_ms)],
            ['Last failure', <Time key="failure" at={value.last_failure_at} />],
          ]}
        />
      )}
      {value && <DeliveriesOverTime series={value.series} />}
    </>
  );
}
