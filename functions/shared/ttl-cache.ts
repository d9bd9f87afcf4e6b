import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { addNewest } from './newest-entries.ts';

interface Entry<Value> {
  readonly value: Promise<Value>;
  readonly expiresAtMs: number;
}

export interface TtlCacheOptions<Key, Value> {
  readonly load: (key: Key) => Promise<Value>;
  /** Returns the identity of a key; by default the key itself. */
  readonly nameOf?: (key: Key) => unknown;
  readonly ttlMs: number;
  readonly maxEntries: number;
}

/**
 * Values that one function instance loads at most once per `ttlMs`, however many callers ask at the same time. A failed
 * load is not cached, nor is `undefined`, because what does not exist may be created the next moment. New entries
 * displace the oldest ones.
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

  /** Stores a value that the caller already has. */
  set(key: Key, value: Value, nowMs: number): void {
    const entry = { value: Promise.resolve(value), expiresAtMs: nowMs + this.#ttlMs };
    addNewest(this.#entries, this.#nameOf(key), entry, this.#maxEntries);
  }

  /** Makes the next `get` load the value again, even if a load is under way: for callers that have changed it. */
  forget(key: Key): void {
    this.#entries.delete(this.#nameOf(key));
  }

  /** @param sinceMs ignores values loaded before this time: for callers that know of a change at it */
  get(key: Key, nowMs: number, sinceMs = Number.NEGATIVE_INFINITY): Promise<Value> {
    const name = this.#nameOf(key);
    const cached = this.#entries.get(name);
    if (cached && nowMs < cached.expiresAtMs && cached.expiresAtMs - this.#ttlMs >= sinceMs) return cached.value;
    const entry: Entry<Value> = { value: this.#load(key), expiresAtMs: nowMs + this.#ttlMs };
    addNewest(this.#entries, name, entry, this.#maxEntries);
    const forget = () => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    entry.value.then((value) => value === undefined && forget(), forget);
    return entry.value;
  }
}

/** A cache of configuration, which may be `CONFIGURATION_TTL_MS` old. */
export function configurationCache<Key, Value>(load: (key: Key) => Promise<Value>): TtlCache<Key, Value> {
  return new TtlCache({ load, ttlMs: CONFIGURATION_TTL_MS, maxEntries: 10_000 });
}
