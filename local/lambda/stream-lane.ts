import type { Clock } from '../clock.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import { splitByPayloadLimit } from './invocation-payload.ts';
import { pause } from './pause.ts';
import type { SerializedStreamRecord } from './stream-batch.ts';

export interface StreamLaneOptions {
  readonly clock: Clock;
  readonly mapping: EventSourceMapping;
  readonly signal: AbortSignal;
  /** Settles when every record of the batch is processed or given up, or earlier if `signal` is aborted. */
  readonly process: (batch: readonly SerializedStreamRecord[]) => Promise<void>;
  /** Records were taken out, so there is room for more. */
  readonly onRoom: () => void;
  readonly report: (what: string, error: unknown) => void;
}

/** The pause after an unexpected error while processing a batch. */
const ERROR_PAUSE_MS = 1_000;

/** The records of one shard that must stay in order among themselves, one batch at a time. */
export class StreamLane {
  readonly #options: StreamLaneOptions;
  readonly #queue: SerializedStreamRecord[] = [];
  #running: Promise<void> | undefined;
  #full: AbortController | undefined;
  /** Whether records were left unprocessed because the mapping is stopping. */
  #isAbandoned = false;

  constructor(options: StreamLaneOptions) {
    this.#options = options;
  }

  /** Whether no record is waiting, in flight or abandoned. */
  get isIdle(): boolean {
    return this.#running === undefined && !this.#isAbandoned;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  push(record: SerializedStreamRecord): void {
    this.#queue.push(record);
    if (this.#queue.length >= this.#options.mapping.batchSize) this.#full?.abort();
    this.#running ??= this.#run();
  }

  /** Resolves when the batch in flight is done. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal, onRoom } = this.#options;
    // The records of one read arrive in one turn. This waits until all of them are here before the first batch is cut.
    await Promise.resolve();
    while (this.#queue.length > 0 && !signal.aborted) {
      await this.#waitForWindow();
      if (signal.aborted) break;
      const [batch = []] = splitByPayloadLimit(this.#queue.slice(0, this.#options.mapping.batchSize));
      this.#queue.splice(0, batch.length);
      await this.#process(batch);
      onRoom();
    }
    this.#isAbandoned = signal.aborted;
    this.#running = undefined;
  }

  async #process(batch: readonly SerializedStreamRecord[]): Promise<void> {
    const { process, report, clock, signal } = this.#options;
    while (!signal.aborted) {
      try {
        return await process(batch);
      } catch (error) {
        if (signal.aborted) return;
        report('could not process a batch', error);
        await pause(clock, ERROR_PAUSE_MS, signal);
      }
    }
  }

  /** Waits until the batch is full or the batching window has passed. */
  async #waitForWindow(): Promise<void> {
    const { clock, mapping, signal } = this.#options;
    if (mapping.maximumBatchingWindowMs === 0 || this.#queue.length >= mapping.batchSize) return;
    this.#full = new AbortController();
    await pause(clock, mapping.maximumBatchingWindowMs, AbortSignal.any([this.#full.signal, signal]));
    this.#full = undefined;
  }
}
