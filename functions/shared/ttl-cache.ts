import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { keepNewest } from './newest-entries.ts';

interface Entry<Value> {
  readonly value: Promise<Value>;
  readonly expiresAtMs: number;
}

export interface TtlCacheOptions<Key, Value> {
  readonly load: (key: Key) => Promise<Value>;
  /** What tells keys apart; the key itself where it is left out. */
  readonly nameOf?: (key: Key) => unknown;
  readonly ttlMs: number;
  readonly maxEntries: number;
}

/**
 * Values that are read at most once in `ttlMs` by one function instance, however many ask at the same time. A failed load
 * is not kept, nor is `undefined`: what does not exist may be created the next moment. The oldest entries make room for new.
 */
export class TtlCache<Key, Value> {
  readonly #entries = new Map<unknown, Entry<Value>>();
  readonly #load: (key: Key) => Promise<Value>;
  readonly #nameOf: (key: Key) => unknown;
  readonly #ttlMs: number;
  readonly #maxEntries: number;

  constructor(options: TtlCacheOptions<Key, Value>) {
    this.#load = options.load;
    this.#nameOf = options.nameOf ?? ((key) => key);
    this.#ttlMs = options.ttlMs;
    this.#maxEntries = options.maxEntries;
  }

  /** Keeps what is known without a load. */
  set(key: Key, value: Value, nowMs: number): void {
    const entry = { value: Promise.resolve(value), expiresAtMs: nowMs + this.#ttlMs };
    keepNewest(this.#entries, this.#nameOf(key), entry, this.#maxEntries);
  }

  /** Has it read anew, also where a load is under way: for whoever has made a change. */
  forget(key: Key): void {
    this.#entries.delete(this.#nameOf(key));
  }

  /** @param sinceMs what was read before is read anew: for whoever knows of a change at this time */
  get(key: Key, nowMs: number, sinceMs = Number.NEGATIVE_INFINITY): Promise<Value> {
    const name = this.#nameOf(key);
    const cached = this.#entries.get(name);
    if (cached && nowMs < cached.expiresAtMs && cached.expiresAtMs - this.#ttlMs >= sinceMs) return cached.value;
    const entry: Entry<Value> = { value: this.#load(key), expiresAtMs: nowMs + this.#ttlMs };
    keepNewest(this.#entries, name, entry, this.#maxEntries);
    const forget = () => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    entry.value.then((value) => value === undefined && forget(), forget);
    return entry.value;
  }
}

/** Sources or destinations as they have been configured, for as long as a function instance trusts what it has read. */
export function configurationCache<Key, Value>(load: (key: Key) => Promise<Value>): TtlCache<Key, Value> {
  return new TtlCache({ load, ttlMs: CONFIGURATION_TTL_MS, maxEntries: 10_000 });
}
