import { useState } from 'preact/hooks';
import { useLatest, useResource } from '../../api/resource.ts';
import type { Health, OverviewResponse } from '../../api/types.ts';
import { DeliveriesOverTime } from '../../ui/chart/deliveries-over-time.tsx';
import { EventsOverTime } from '../../ui/chart/events-over-time.tsx';
import { Figures } from '../../ui/figures.tsx';
import { formatMs, formatNumber, formatPercent } from '../../ui/format.ts';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Skeleton } from '../../ui/table.tsx';
import { WindowField } from '../../ui/window-field.tsx';
import { AttentionList } from './attention-list.tsx';
import { FirstSteps, useFirstSteps } from './first-steps.tsx';

const REFRESH_MS = 15_000;

/** How the organization is doing. */
export function Overview() {
  const [window, setWindow] = useState<Health['window']>('24h');
  const overview = useResource<OverviewResponse>(`/v1/overview?window=${window}`, { everyMs: REFRESH_MS });
  const { problem, reload } = overview;
  const latest = useLatest(overview);
  const steps = useFirstSteps(latest);
  const value = steps === undefined ? undefined : latest;
  return (
    <Page title="Overview">
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!value && !problem && <Skeleton rows={8} />}
      {steps && <FirstSteps steps={steps} />}
      {value && value.destinations.count > 0 && (
        <>
          <AttentionList overview={value} />
          <WindowField value={window} onChange={setWindow} />
          <Figures
            figures={[
              ['Success', formatPercent(value.success_rate)],
              ['Events', formatNumber(value.new_events)],
              ['New deliveries', formatNumber(value.new_deliveries)],
              ['Attempts', formatNumber(value.total_deliveries)],
              ['Failed', formatNumber(value.failed_deliveries)],
              ['p50 latency', formatMs(value.p50_latency_ms)],
              ['p95 latency', formatMs(value.p95_latency_ms)],
              ['p99 latency', formatMs(value.p99_latency_ms)],
            ]}
          />
          <DeliveriesOverTime series={value.series}>
            <EventsOverTime points={value.series} />
          </DeliveriesOverTime>
          {value.sources.has_more && (
            <p class="hint">Events are counted for the newest {value.sources.count} sources only.</p>
          )}
          {value.destinations.has_more && (
            <p class="hint">
              Deliveries are counted for the newest {value.destinations.count} destinations only. Each of the others
              shows its own figures.
            </p>
          )}
        </>
      )}
    </Page>
  );
}
