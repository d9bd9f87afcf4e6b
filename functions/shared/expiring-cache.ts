import { addNewest } from './newest-entries.ts';

/** A value whose issuer sets its expiry, such as a token. */
export interface Expiring<Value> {
  readonly value: Value;
  readonly expiresAtMs: number;
}

/** A value from the cache. */
export interface Cached<Value> {
  readonly value: Value;
  /** Whether it was cached before this call, and so may have become invalid since. */
  readonly wasThere: boolean;
  /** Removes it, unless another value has replaced it. */
  forget(): void;
}

interface Entry<Value> {
  readonly loading: Promise<Expiring<Value>>;
  /** `undefined` while it is being loaded. */
  loaded?: Expiring<Value>;
}

/**
 * Values that one function instance caches by key until they expire. However many callers ask at the same time, a value is
 * loaded once; a failed load is not cached. New entries displace the oldest ones.
 */
export class ExpiringCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  async get(key: string, nowMs: number, load: () => Promise<Expiring<Value>>): Promise<Cached<Value>> {
    const known = this.#entries.get(key);
    const wasThere = known?.loaded !== undefined && nowMs < known.loaded.expiresAtMs;
    const entry = known && (wasThere || !known.loaded) ? known : this.#load(key, load);
    const { value } = await entry.loading;
    return { value, wasThere, forget: () => this.#forget(key, entry) };
  }

  #load(key: string, load: () => Promise<Expiring<Value>>): Entry<Value> {
    const entry: Entry<Value> = { loading: load() };
    addNewest(this.#entries, key, entry, this.#maxEntries);
    entry.loading.then(
      (loaded) => {
        entry.loaded = loaded;
      },
      () => this.#forget(key, entry),
    );
    return entry;
  }

  #forget(key: string, entry: Entry<Value>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
