import { Progress } from '../../bench/progress.ts';
import { eventually, Hawser } from '../support/hawser.ts';
import { areEmpty } from '../support/queues.ts';
import { CircuitChanges } from './circuit-changes.ts';
import { Consumption } from './consumption.ts';
import { MemorySamples } from './memory.ts';
import { type Flaps, Receivers } from './receivers.ts';
import { LoadSender } from './sender.ts';

export interface LoadOptions {
  readonly events: number;
  /** How many events are sent before and after the load, only to the healthy destination. */
  readonly sample: number;
  readonly flaps: Flaps;
  /** Without it, as fast as events are accepted. */
  readonly perSecond?: number | undefined;
}

/** The most events that are accepted but not yet received where nothing is ever held back: enough to keep all parts at work. */
const MAX_BEHIND = 1000;
const MEMORY_SAMPLES = 400;
const SAID_EACH = 10_000;
/** Held deliveries are released at 100 a second: 10 ms each, even if all were held. */
const PATIENCE_MS = 120_000;
const PATIENCE_PER_EVENT_MS = 10;

/** A stack under load, and the results. */
export class LoadRun {
  readonly hawser: Hawser;
  readonly receivers: Receivers;
  readonly sender = new LoadSender();
  readonly memory: MemorySamples;
  circuitChanges: ReadonlyMap<string, number> = new Map();
  readonly #options: LoadOptions;
  readonly #progress = new Progress('load');
  readonly #startMs = performance.now();

  private constructor(hawser: Hawser, receivers: Receivers, options: LoadOptions) {
    this.hawser = hawser;
    this.receivers = receivers;
    this.#options = options;
    this.memory = new MemorySamples(hawser.pid);
  }

  static async start(options: LoadOptions): Promise<LoadRun> {
    const [hawser, receivers] = await Promise.all([Hawser.start(), Receivers.start(options.flaps)]);
    return new LoadRun(hawser, receivers, options);
  }

  async dispose(): Promise<void> {
    this.sender.stop();
    this.receivers.stop();
    await this.hawser.dispose();
  }

  /** @returns what the tables have consumed for the sample before the load, for the load, and for the sample after it */
  async run(): Promise<readonly [Consumption, Consumption, Consumption]> {
    const { url } = this.receivers;
    const changes = await CircuitChanges.watch(this.hawser);
    const { sourceId, ingestUrl } = await this.hawser.route('load', { url: `${url}/well` });
    const before = await this.#measured(() => this.#sample(ingestUrl));
    const flapping = await this.#connect(sourceId, {
      url: `${url}/flapping`,
      retry_intervals: [1],
      circuit_breaker: { failure_threshold: 3, cooldown_seconds: 1 },
    });
    const slow = await this.#connect(sourceId, { url: `${url}/slow` });
    const during = await this.#measured(() => this.#load(ingestUrl));
    for (const id of [flapping, slow]) await this.hawser.api('DELETE', `/v1/connections/${id}`);
    const after = await this.#measured(() => this.#sample(ingestUrl));
    this.circuitChanges = await changes.counted();
    return [before, during, after];
  }

  /** @returns the id of the connection */
  async #connect(sourceId: string, destination: Record<string, unknown>): Promise<string> {
    const created = await this.hawser.api<{ id: string }>('POST', `/v1/sources/${sourceId}/destinations`, destination);
    const path = `/v1/connections?destination_id=${created.body.id}`;
    const { body } = await this.hawser.api<{ connections: { id: string }[] }>('GET', path);
    const [connection] = body.connections;
    if (!connection) throw new Error(`there is no connection to ${JSON.stringify(created.body)}`);
    return connection.id;
  }

  async #measured(run: () => Promise<void>): Promise<Consumption> {
    const before = await Consumption.of(this.hawser);
    await run();
    // A message is deleted only when its rows and figures are written.
    await this.#until('empty queues', () => areEmpty(this.hawser));
    const consumed = (await Consumption.of(this.hawser)).since(before);
    this.#say(`consumed ${consumed}`);
    return consumed;
  }

  async #sample(url: string): Promise<void> {
    const { well } = this.receivers;
    const { accepted } = this.sender;
    const isBehind = () => accepted.size - well.eventIds.size > MAX_BEHIND;
    await this.sender.send({ url, events: this.#options.sample, isBehind, onSent: () => undefined });
    await this.#until('the events of the sample', async () => well.eventIds.size >= accepted.size);
  }

  async #load(url: string): Promise<void> {
    const { events, sample, perSecond } = this.#options;
    const { well, flapping, slow } = this.receivers;
    const { accepted } = this.sender;
    const isBehind = () => accepted.size - Math.min(well.eventIds.size, sample + slow.eventIds.size) > MAX_BEHIND;
    const sampledEach = Math.ceil(events / MEMORY_SAMPLES);
    const onSent = (sent: number) => {
      if (sent % sampledEach === 0) this.memory.add();
      if (sent % SAID_EACH === 0) this.#say(`sent ${sent} of ${events}, ${this.#state()}`);
    };
    await this.sender.send({ url, events, perSecond, isBehind, onSent });
    await this.#until('the events of the load', async () => {
      this.#progress.show(this.#state());
      return [well.eventIds.size - sample, flapping.eventIds.size, slow.eventIds.size].every((size) => size >= events);
    });
    this.#say(`all of ${events} received, ${this.#state()}; medians of the quarters ${this.memory} MiB`);
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    try {
      await eventually(what, isSo, PATIENCE_MS + PATIENCE_PER_EVENT_MS * this.#options.events);
    } catch (error) {
      throw new Error(`${(error as Error).message}; accepted ${this.sender.accepted.size}, ${this.#state()}`);
    }
  }

  #state(): string {
    const { well, flapping, slow } = this.receivers;
    const received = `received ${well.eventIds.size} + ${flapping.eventIds.size} + ${slow.eventIds.size}`;
    const duplicates = well.duplicates + flapping.duplicates + slow.duplicates;
    return `${received}, ${duplicates} twice, ${flapping.failed} answered 500, ${this.memory.lastMiB} MiB`;
  }

  #say(text: string): void {
    this.#progress.done(`${((performance.now() - this.#startMs) / 1000).toFixed(1)} s: ${text}`);
  }
}
