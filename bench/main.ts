import { Hawser } from '../test/support/hawser.ts';
import { Child } from './child.ts';
import { cpuTimeUs, residentMiB } from './cpu-time.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { Progress } from './progress.ts';
import type { ReceiverReport } from './receiver.ts';
import { type Figures, formatFigures } from './report.ts';
import { send } from './sender.ts';

/** This share of the events is sent first and not counted: functions start, code is compiled, connections open. */
const WARM_UP_SHARE = 0.1;
/** Latency is measured at half the throughput. At full load it would only show how long the queue had grown. */
const LATENCY_SHARE = 0.2;
const LATENCY_LOAD = 0.5;
/** Parts into which the events are divided. */
const ROUNDS = 10;

/** Waits until the receiver has received `expected` distinct deliveries. */
async function waitForDeliveries(receiver: Child, expected: number, progress: Progress): Promise<void> {
  for (;;) {
    const { distinct } = await receiver.ask<{ distinct: number }>('count');
    progress.show(`delivered ${distinct} of ${expected}`);
    if (distinct >= expected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The gateway under measurement: where webhooks go, and the process whose CPU time counts. */
interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly deliveriesPerEvent: number;
}

/** The sums of all rounds against one target. */
class Totals {
  events = 0;
  deliveries = 0;
  seconds = 0;
  cpuUs = 0;
  duplicates = 0;

  get perSecond(): number {
    return this.events / this.seconds;
  }

  get cpuUsPerDelivery(): number {
    return this.cpuUs / this.deliveries;
  }
}

interface Measured {
  readonly target: Target;
  readonly totals: Totals;
}

async function warmUp(options: BenchOptions, target: Target, receiver: Child): Promise<void> {
  const events = Math.ceil(options.events * WARM_UP_SHARE);
  const progress = new Progress(target.name);
  progress.show(`warming up with ${events}`);
  await receiver.ask('reset');
  await send({ ...options, url: target.url, events });
  await waitForDeliveries(receiver, events * target.deliveriesPerEvent, progress);
  progress.done(`warmed up with ${events} events`);
}

/** Sends a part of the events and waits until all of them are delivered. */
async function runRound(options: BenchOptions, { target, totals }: Measured, receiver: Child): Promise<void> {
  const events = Math.ceil(options.events / ROUNDS);
  const progress = new Progress(target.name);
  await receiver.ask('reset');
  const [cpuBeforeUs, startMs] = [cpuTimeUs(target.pid), performance.now()];
  await send({
    ...options,
    url: target.url,
    events,
    onSent: (sent) => progress.show(`sent ${sent} of ${events}`),
  });
  await waitForDeliveries(receiver, events * target.deliveriesPerEvent, progress);
  totals.events += events;
  totals.deliveries += events * target.deliveriesPerEvent;
  totals.seconds += (performance.now() - startMs) / 1000;
  totals.cpuUs += cpuTimeUs(target.pid) - cpuBeforeUs;
  const { deliveries, distinct } = await receiver.ask<ReceiverReport>('report');
  totals.duplicates += deliveries - distinct;
}

/**
 * Sends the events to both targets in turns, a part at a time. A shared machine is faster at one moment and slower at the next;
 * in turns, this affects both targets alike.
 */
async function runRounds(options: BenchOptions, both: readonly Measured[], receiver: Child): Promise<void> {
  for (const { target } of both) await warmUp(options, target, receiver);
  const progress = new Progress('rounds');
  for (let number = 1; number <= ROUNDS; number++) {
    for (const measured of both) await runRound(options, measured, receiver);
    progress.show(`${number} of ${ROUNDS}`);
  }
  progress.done(`${ROUNDS} of ${ROUNDS}, against each of ${both.map(({ target }) => target.name).join(' and ')}`);
}

async function measureLatencies(
  options: BenchOptions,
  target: Target,
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
  await waitForDeliveries(receiver, events * target.deliveriesPerEvent, progress);
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
  const target = { name: 'hawser', url: ingestUrl, pid: hawser.pid, deliveriesPerEvent: options.destinations };
  const floorUrl = `http://127.0.0.1:${floorProcess.port}/`;
  const floorTarget = { name: 'floor', url: floorUrl, pid: floorProcess.pid, deliveriesPerEvent: 1 };
  const [stack, floor] = [new Totals(), new Totals()];
  const both = [
    { target, totals: stack },
    { target: floorTarget, totals: floor },
  ];
  await runRounds(options, both, receiver);
  const memoryMiB = residentMiB(hawser.pid);
  return {
    options,
    perSecond: stack.perSecond,
    duplicates: stack.duplicates,
    cpuUsPerDelivery: stack.cpuUsPerDelivery,
    floorCpuUsPerDelivery: floor.cpuUsPerDelivery,
    memoryMiB,
    latenciesMs: await measureLatencies(options, target, stack.perSecond, receiver),
  };
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${usage}\n`);
  else process.stdout.write(formatFigures(await measure(options)));
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
