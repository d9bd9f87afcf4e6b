/**
 * Measures the time and CPU time (of all threads) of a transform: `npx node bench/transforms.ts`. The first run starts the thread and
 * compiles QuickJS. Each later run gets its own WebAssembly instance.
 */
import { slack } from '../core/destination-templates/slack.ts';
import { newTransformEngine } from '../core/transform/engine.ts';
import type { TransformEvent } from '../core/transform/transform.ts';

const RUNS = 1_000;
const BODY_BYTES = 2_048;

const line = { id: 1, name: 'a thing', price: 12.5 };
const body = JSON.stringify({
  lines: Array.from({ length: Math.ceil(BODY_BYTES / JSON.stringify(line).length) }, () => line),
});
const event: TransformEvent = {
  id: 'evt_01a201474fdd7e078ffdd0b2d2094ffe',
  source_id: 'src_01a201474e377636aae23f36d2094ffe',
  url: 'https://hooks.example.com/events/evt_01a201474fdd7e078ffdd0b2d2094ffe',
  type: 'order.paid',
  created_at: '2026-11-22T03:23:00.445Z',
  method: 'POST',
  path: '',
  query: '',
  headers: { 'content-type': 'application/json' },
  body,
  body_encoding: 'utf8',
};
const programs = {
  'one line': 'const transform = (event) => ({ body: event.json.lines[0] });',
  'Slack’s payload': slack.payload.code,
};

const residentMiB = () => Math.round(process.memoryUsage.rss() / 1024 ** 2);

/** Milliseconds of wall-clock time and of CPU. */
async function measure(work: () => Promise<unknown>): Promise<{ timeMs: number; cpuMs: number }> {
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { timeMs: performance.now() - startedMs, cpuMs: (user + system) / 1_000 };
}

const engine = newTransformEngine();
const beforeMiB = residentMiB();
const first = await measure(() => engine.run(programs['one line'], event, {}));
console.log(
  `first run: ${first.timeMs.toFixed(0)} ms, CPU ${first.cpuMs.toFixed(0)} ms, ${residentMiB() - beforeMiB} MiB`,
);
for (const [name, code] of Object.entries(programs)) {
  const { timeMs, cpuMs } = await measure(async () => {
    for (let i = 0; i < RUNS; i++) {
      const { kind } = await engine.run(code, event, {});
      if (kind !== 'transformed') throw new Error(`${name}: ${kind}`);
    }
  });
  const each = (ms: number) => (ms / RUNS).toFixed(2);
  console.log(
    `${name}: ${each(timeMs)} ms a run, CPU ${each(cpuMs)} ms; ${residentMiB() - beforeMiB} MiB after ${RUNS} runs`,
  );
}
