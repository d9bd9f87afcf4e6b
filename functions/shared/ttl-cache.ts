import { keepNewest } from './newest-entries.ts';

interface Entry<Value> {
  readonly value: Promise<Value>;
  readonly expiresAtMs: number;
}

/**
 * Values that are read at most once in `ttlMs` by one function instance, however many ask at the same time. A failed load
 * is not kept, nor is `undefined`: what does not exist may be created the next moment. The oldest entries make room for new.
 */
export class TtlCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>();
  readonly #load: (key: Key) => Promise<Value>;
  readonly #ttlMs: number;
  readonly #maxEntries: number;

  constructor(options: { load: (key: Key) => Promise<Value>; ttlMs: number; maxEntries: number }) {
    this.#load = options.load;
    this.#ttlMs = options.ttlMs;
    this.#maxEntries = options.maxEntries;
  }

  /** Keeps what is known without a load. */
  set(key: Key, value: Value, nowMs: number): void {
    const entry = { value: Promise.resolve(value), expiresAtMs: nowMs + this.#ttlMs };
    keepNewest(this.#entries, key, entry, this.#maxEntries);
  }

  get(key: Key, nowMs: number): Promise<Value> {
    const cached = this.#entries.get(key);
    if (cached && nowMs < cached.expiresAtMs) return cached.value;
    const entry: Entry<Value> = { value: this.#load(key), expiresAtMs: nowMs + this.#ttlMs };
    keepNewest(this.#entries, key, entry, this.#maxEntries);
    const forget = () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    entry.value.then((value) => value === undefined && forget(), forget);
    return entry.value;
  }
}
