import type { Command } from 'commander';
import * as z from 'zod';
import { healthWindows } from '../../core/figures/destination-health.ts';
import { addCommand, choice, type Invocation } from '../command.ts';
import { clean } from '../output.ts';
import { pathOf } from '../resolve.ts';
import { cell } from '../table.ts';

const figures = {
  new_deliveries: z.number(),
  total_deliveries: z.number(),
  failed_deliveries: z.number(),
  success_rate: z.number().nullable(),
  p50_latency_ms: z.number().nullable(),
  p95_latency_ms: z.number().nullable(),
  p99_latency_ms: z.number().nullable(),
};

const health = z.looseObject({
  status: z.string(),
  window: z.string(),
  ...figures,
  avg_latency_ms: z.number().nullable(),
  series: z.array(z.looseObject({ start: z.string(), ...figures })),
  last_success_at: z.string().nullable(),
  last_failure_at: z.string().nullable(),
});
type Health = z.output<typeof health>;

export function addHealth(group: Command): void {
  addCommand<{ window?: string }>(group, {
    usage: 'health <id-or-name>',
    summary: 'Show how the deliveries of a destination went in the last hour, day or week, in total and over time',
    examples: ['destinations health orders', 'destinations health orders --window 1h'],
    options: (command) => command.addOption(choice('--window <window>', 'default: 24h', healthWindows)),
    run: show,
  });
}

async function show(invocation: Invocation<{ window?: string }>): Promise<void> {
  const { out, options } = invocation;
  const api = await invocation.api();
  const path = await pathOf(api, 'destination', invocation);
  const response = await api.get(`${path}/health`, { window: options.window });
  if (out.json) return out.document(response);
  const one = health.parse(response);
  out.fields({
    status: clean(one.status),
    window: clean(one.window),
    'new deliveries': String(one.new_deliveries),
    attempts: `${one.total_deliveries}, of which ${one.failed_deliveries} failed`,
    success: one.success_rate === null ? undefined : percent(one.success_rate),
    latency: latencyOf(one),
    'last success': one.last_success_at ?? 'never',
    'last failure': one.last_failure_at ?? 'never',
  });
  if (one.total_deliveries === 0) return;
  out.line('');
  out.table(
    one.series.map((point) => ({
      from: cell.time(point.start),
      new: cell.detail(String(point.new_deliveries)),
      attempts: String(point.total_deliveries),
      failed: String(point.failed_deliveries),
      success: percent(point.success_rate),
      p50: cell.detail(milliseconds(point.p50_latency_ms)),
      p95: milliseconds(point.p95_latency_ms),
      p99: cell.detail(milliseconds(point.p99_latency_ms)),
    })),
  );
}

function latencyOf({ avg_latency_ms, p50_latency_ms, p95_latency_ms, p99_latency_ms }: Health): string | undefined {
  if (avg_latency_ms === null) return undefined;
  const percentiles = [
    ['p50', p50_latency_ms],
    ['p95', p95_latency_ms],
    ['p99', p99_latency_ms],
  ] as const;
  return `${milliseconds(avg_latency_ms)} on average, ${percentiles.map(([name, ms]) => `${name} ${milliseconds(ms)}`).join(', ')}`;
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${rate} %`;
}

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : `${ms} ms`;
}
