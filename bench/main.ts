import { Hawser } from '../test/support/hawser.ts';
import { Child } from './child.ts';
import { cpuTimeUs, residentMiB } from './cpu-time.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { Progress } from './progress.ts';
import type { ReceiverReport } from './receiver.ts';
import { type Figures, printed } from './report.ts';
import { send } from './sender.ts';

/** Not counted: functions start, code is compiled, connections open. */
const WARM_UP_SHARE = 0.1;
/** Latency is measured at half the throughput: at full load it would tell how long the queue had grown. */
const LATENCY_SHARE = 0.2;
const LATENCY_LOAD = 0.5;

/** Waits until the receiver has got `expected` distinct deliveries. */
async function received(receiver: Child, expected: number, progress: Progress): Promise<void> {
  for (;;) {
    const { distinct } = await receiver.ask<{ distinct: number }>('count');
    progress.show(`delivered ${distinct} of ${expected}`);
    if (distinct >= expected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One run against whatever listens at `url`: throughput end to end, and the CPU that the process under test used for it. */
async function run(
  name: string,
  options: BenchOptions,
  target: { url: string; pid: number; deliveriesPerEvent: number },
  receiver: Child,
): Promise<{ perSecond: number; cpuUsPerDelivery: number; report: ReceiverReport }> {
  const { events, bytes, senders } = options;
  const { url, pid, deliveriesPerEvent } = target;
  const progress = new Progress(name);
  const warmUp = Math.ceil(events * WARM_UP_SHARE);
  progress.show(`warming up with ${warmUp}`);
  await receiver.ask('reset');
  await send({ url, events: warmUp, bytes, senders });
  await received(receiver, warmUp * deliveriesPerEvent, progress);
  await receiver.ask('reset');
  const [cpuBefore, startMs] = [cpuTimeUs(pid), performance.now()];
  await send({ url, events, bytes, senders, onSent: (sent) => progress.show(`sent ${sent} of ${events}`) });
  await received(receiver, events * deliveriesPerEvent, progress);
  const seconds = (performance.now() - startMs) / 1000;
  const cpuUs = cpuTimeUs(pid) - cpuBefore;
  const report = await receiver.ask<ReceiverReport>('report');
  progress.done(`${events} events in ${seconds.toFixed(1)} s`);
  return { perSecond: events / seconds, cpuUsPerDelivery: cpuUs / (events * deliveriesPerEvent), report };
}

async function latencies(
  options: BenchOptions,
  target: { url: string; deliveriesPerEvent: number },
  perSecond: number,
  receiver: Child,
): Promise<readonly number[]> {
  const progress = new Progress('latency');
  const events = Math.max(100, Math.ceil(options.events * LATENCY_SHARE));
  await receiver.ask('reset');
  await send({
    ...options,
    url: target.url,
    events,
    perSecond: perSecond * LATENCY_LOAD,
    onSent: (sent) => progress.show(`sent ${sent} of ${events} at half the load`),
  });
  await received(receiver, events * target.deliveriesPerEvent, progress);
  progress.done(`${events} events at half the load`);
  return (await receiver.ask<ReceiverReport>('report')).latenciesMs;
}

async function measure(options: BenchOptions): Promise<Figures> {
  await using running = new AsyncDisposableStack();
  const receiver = await Child.start('receiver.ts');
  running.defer(() => receiver.stop());
  const receiverUrl = `http://127.0.0.1:${receiver.port}/`;
  const floorProcess = await Child.start('floor.ts', receiverUrl);
  running.defer(() => floorProcess.stop());
  process.stderr.write('starting hawser…\n');
  const hawser = await Hawser.start();
  running.defer(() => hawser.dispose());

  const destinations = Array.from({ length: options.destinations }, (_, index) => ({ url: `${receiverUrl}${index}` }));
  const { ingestUrl } = await hawser.route('bench', ...destinations);
  const target = { url: ingestUrl, pid: hawser.pid, deliveriesPerEvent: options.destinations };
  const stack = await run('hawser', options, target, receiver);
  const memoryMiB = residentMiB(hawser.pid);
  const latenciesMs = await latencies(options, target, stack.perSecond, receiver);
  const floorTarget = { url: `http://127.0.0.1:${floorProcess.port}/`, pid: floorProcess.pid, deliveriesPerEvent: 1 };
  const floor = await run('floor', options, floorTarget, receiver);
  return {
    options,
    perSecond: stack.perSecond,
    duplicates: stack.report.deliveries - stack.report.distinct,
    cpuUsPerDelivery: stack.cpuUsPerDelivery,
    floorCpuUsPerDelivery: floor.cpuUsPerDelivery,
    memoryMiB,
    latenciesMs,
  };
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${usage}\n`);
  else process.stdout.write(printed(await measure(options)));
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
