import { keepNewest } from './newest-entries.ts';

/** A value that whoever gave it has limited in time, such as a token. */
export interface Expiring<Value> {
  readonly value: Value;
  readonly expiresAtMs: number;
}

/** A value as the cache has it. */
export interface Cached<Value> {
  readonly value: Value;
  /** Whether it was there before it was asked for, so that it may have become worthless since. */
  readonly wasThere: boolean;
  /** Takes it away, unless another one has taken its place. */
  forget(): void;
}

interface Entry<Value> {
  readonly loading: Promise<Expiring<Value>>;
  /** `undefined` while it is being loaded. */
  loaded?: Expiring<Value>;
}

/**
 * Values that one function instance keeps until they expire, each under a key. However many ask at the same time, it is loaded
 * once; a load that fails is not kept. The oldest entries make room for new.
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
    keepNewest(this.#entries, key, entry, this.#maxEntries);
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
