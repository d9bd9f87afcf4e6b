interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherOptions<Item, Result> {
  readonly maxItems: number;
  /** How long the first item waits for company. */
  readonly lingerMs: number;
  /** Bytes of one item against `maxBytes` of a call. Without these only the number counts. */
  readonly sizeOf?: (item: Item) => number;
  readonly maxBytes?: number;
  /** One call for many items: a result for each, in order; an `Error` in place of a result fails that item alone. */
  readonly send: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>;
}

/**
 * Turns single items into batch calls: one SDK call costs 250–320 µs of CPU before it reaches the network, whether it carries
 * one item or ten. Each item's promise settles when the call that carried it has.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #bytes = 0;
  #linger: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    const { maxItems, maxBytes = Number.POSITIVE_INFINITY, sizeOf, lingerMs } = this.#options;
    const bytes = sizeOf?.(item) ?? 0;
    if (this.#waiting.length > 0 && this.#bytes + bytes > maxBytes) this.flush();
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#bytes += bytes;
      if (this.#waiting.length >= maxItems) this.flush();
      else this.#linger ??= setTimeout(() => this.flush(), lingerMs);
    });
  }

  /** Sends what is waiting now, for when nothing more is to come. */
  flush(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#options.send(batch.map(({ item }) => item)).then(
      (results) => {
        for (const [index, { resolve, reject }] of batch.entries()) {
          const result = results[index];
          if (result instanceof Error) reject(result);
          else resolve(result as Result);
        }
      },
      (error) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }
}
