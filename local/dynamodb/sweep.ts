import type { Timer } from '../clock.ts';
import { Consumption } from './capacity.ts';
import { commit, type Engine } from './operations/engine.ts';

/** The real service promises "within a few days". An hour is slow enough that nobody will use it as a timer. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000;
/** The first sweep comes soon, because many stacks run for less than an hour at a time, but late enough not to slow the start. */
const FIRST_SWEEP_MS = 10_000;
/** How many items or records one commit removes, so that a sweep never blocks requests for long. */
const SWEEP_BATCH = 100;

/** Removes in the background what has expired: items, stream records older than 24 hours, transaction tokens. */
export class Sweep {
  readonly #engine: Engine;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  start(): void {
    this.#isStopping = false;
    this.#sweepIn(FIRST_SWEEP_MS);
  }

  #sweepIn(delayMs: number): void {
    this.#timer ??= this.#engine.clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#running = this.run()
        .catch((error) => process.stderr.write(`hawser: local DynamoDB could not sweep: ${String(error)}\n`))
        .then(() => {
          this.#running = undefined;
        });
      this.#sweepIn(SWEEP_INTERVAL_MS);
    });
  }

  /** Ends the sweeping. Resolves when a sweep that is under way has stopped. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
  }

  async run(): Promise<void> {
    const { catalog, database, log, tokens } = this.#engine;
    for (const table of catalog.all()) {
      if (table.timeToLiveAttribute !== undefined) {
        await this.#repeat(() => this.#removeExpired(table));
      }
      const { stream } = table;
      if (stream) await this.#repeat(() => database.write(() => log.trim(stream, SWEEP_BATCH)));
    }
    await database.write(() => tokens.forgetExpired());
  }

  /** Other requests run between two commits. */
  async #repeat(removeSome: () => Promise<number>): Promise<void> {
    while (!this.#isStopping && (await removeSome()) === SWEEP_BATCH);
  }

  #removeExpired(table: Consumption['table']): Promise<number> {
    const { clock, items, writer } = this.#engine;
    return commit(this.#engine, () => {
      const expired = items.findExpired(table, Math.floor(clock.nowMs() / 1000), SWEEP_BATCH);
      // Removing expired items is free of charge. Their stream records show that the service removed them.
      for (const item of expired) writer.remove(table, item, new Consumption(table), 1, true);
      return expired.length;
    });
  }
}
