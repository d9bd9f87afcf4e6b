import type { Timer } from '../clock.ts';
import { Consumption } from './capacity.ts';
import { commit, type Engine } from './operations/engine.ts';

/** The real service promises "within a few days". An hour is slow enough that nobody will use it as a timer. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000;
/** How many items one commit removes, so that a sweep never blocks requests for long. */
const SWEEP_BATCH = 100;

/** Removes in the background what has expired: items, stream records older than 24 hours, transaction tokens. */
export class Sweep {
  readonly #engine: Engine;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  start(): void {
    this.#timer ??= this.#engine.clock.setTimer(SWEEP_INTERVAL_MS, () => {
      this.#timer = undefined;
      this.#running = this.run()
        .catch((error) => process.stderr.write(`hawser: local DynamoDB could not sweep: ${String(error)}\n`))
        .then(() => {
          this.#running = undefined;
        });
      this.start();
    });
  }

  /** Ends the sweeping. Resolves when a sweep that is under way has stopped. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
  }

  async run(): Promise<void> {
    const { catalog, database, log, tokens } = this.#engine;
    for (const table of catalog.all()) {
      if (table.timeToLiveAttribute !== undefined) {
        while ((await this.#removeExpired(table)) === SWEEP_BATCH);
      }
      const { stream } = table;
      if (stream) await database.write(() => log.trim(stream));
    }
    await database.write(() => tokens.forgetExpired());
  }

  #removeExpired(table: Consumption['table']): Promise<number> {
    const { clock, items, writer } = this.#engine;
    return commit(this.#engine, () => {
      const expired = items.expired(table, Math.floor(clock.nowMs() / 1000), SWEEP_BATCH);
      // Removing expired items is free of charge. Their stream records show that the service removed them.
      for (const item of expired) writer.remove(table, item, new Consumption(table), 1, true);
      return expired.length;
    });
  }
}
