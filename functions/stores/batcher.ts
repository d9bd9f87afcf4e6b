interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherOptions<Item> {
  readonly maxItems: number;
  /** How long the first item waits for company. */
  readonly lingerMs: number;
  /** Bytes of one item against `maxBytes` of a call. Without these only the number counts. */
  readonly sizeOf?: (item: Item) => number;
  readonly maxBytes?: number;
  /** One call for many items. It answers the items that failed, by index; a rejection fails them all. */
  readonly send: (items: readonly Item[]) => Promise<ReadonlyMap<number, Error>>;
}

/**
 * Turns single items into batch calls: one SDK call costs 250–320 µs of CPU before it reaches the network, whether it carries
 * one item or ten. Each item's promise settles when the call that carried it has.
 */
export class Batcher<Item> {
  readonly #options: BatcherOptions<Item>;
  #waiting: Waiting<Item>[] = [];
  #bytes = 0;
  #linger: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): Promise<void> {
    const { maxItems, maxBytes = Number.POSITIVE_INFINITY, sizeOf, lingerMs } = this.#options;
    const bytes = sizeOf?.(item) ?? 0;
    if (this.#waiting.length > 0 && this.#bytes + bytes > maxBytes) this.flush();
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#bytes += bytes;
      if (this.#waiting.length >= maxItems) this.flush();
      else this.#linger ??= setTimeout(() => this.flush(), lingerMs);
    });
  }

  /** Sends what waits, without waiting for more. */
  flush(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#options.send(batch.map(({ item }) => item)).then(
      (failures) => {
        for (const [index, { resolve, reject }] of batch.entries()) {
          const failure = failures.get(index);
          if (failure) reject(failure);
          else resolve();
        }
      },
      (error) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }
}
