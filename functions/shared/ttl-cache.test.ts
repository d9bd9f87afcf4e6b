import { describe, expect, it } from 'vitest';
import { TtlCache } from './ttl-cache.ts';

function counting(load: (key: string) => Promise<string | undefined>) {
  const loads: string[] = [];
  const cache = new TtlCache<string, string | undefined>({
    ttlMs: 1_000,
    maxEntries: 2,
    load: (key) => {
      loads.push(key);
      return load(key);
    },
  });
  return { cache, loads };
}

describe('a cache with a lifetime', () => {
  it('simultaneous callers share one load, and the value is loaded again after its lifetime', async () => {
    const { cache, loads } = counting(async (key) => key.toUpperCase());
    expect(await Promise.all([cache.get('a', 0), cache.get('a', 0), cache.get('a', 999)])).toEqual(['A', 'A', 'A']);
    expect(loads).toEqual(['a']);
    await cache.get('a', 1_000);
    expect(loads).toEqual(['a', 'a']);
  });

  it('a value that was set is kept for its lifetime, whatever a load under way returns', async () => {
    const slow = Promise.withResolvers<string>();
    const { cache, loads } = counting(() => slow.promise);
    const asked = cache.get('a', 0);
    cache.set('a', 'told', 500);
    slow.resolve('loaded');
    expect(await asked).toBe('loaded');
    expect(await cache.get('a', 1_499)).toBe('told');
    await cache.get('a', 1_500);
    expect(loads).toEqual(['a', 'a']);
  });

  it('a missing value is not cached', async () => {
    const { cache, loads } = counting(async () => undefined);
    await cache.get('a', 0);
    await cache.get('a', 1);
    expect(loads).toEqual(['a', 'a']);
  });

  it('a failure is not cached', async () => {
    let fail = true;
    const { cache } = counting(async (key) => {
      if (fail) throw new Error('throttled');
      return key;
    });
    await expect(cache.get('a', 0)).rejects.toThrow('throttled');
    fail = false;
    await expect(cache.get('a', 1)).resolves.toBe('a');
  });

  it('the cache keeps at most its maximum of entries', async () => {
    const { cache, loads } = counting(async (key) => key);
    for (const key of ['a', 'b', 'c']) await cache.get(key, 0);
    await cache.get('a', 1);
    expect(loads).toEqual(['a', 'b', 'c', 'a']);
    await cache.get('c', 1);
    expect(loads).toHaveLength(4);
  });

  it('a caller that knows of a change gets a value loaded since', async () => {
    const { cache, loads } = counting(async (key) => key);
    await cache.get('a', 100);
    await cache.get('a', 200, 100);
    expect(loads).toEqual(['a']);
    await cache.get('a', 200, 101);
    await cache.get('a', 300, 101);
    expect(loads).toEqual(['a', 'a']);
  });

  it('a forgotten value is loaded again, and the result of a load that began before is not kept', async () => {
    const slow = Promise.withResolvers<string>();
    const brings = [slow.promise, Promise.resolve('new')];
    const { cache, loads } = counting(() => brings.shift() ?? Promise.reject(new Error('asked too often')));
    const before = cache.get('a', 0);
    cache.forget('a');
    expect(await cache.get('a', 1)).toBe('new');
    slow.resolve('old');
    expect(await before).toBe('old');
    expect(await cache.get('a', 2)).toBe('new');
    expect(loads).toHaveLength(2);
  });

  it('keys are told apart by their names', async () => {
    const load = async ({ id }: { readonly id: number }) => Symbol(id);
    const cache = new TtlCache({ load, nameOf: ({ id }) => id, ttlMs: 1_000, maxEntries: 2 });
    const [one, again, other] = await Promise.all([{ id: 1 }, { id: 1 }, { id: 2 }].map((key) => cache.get(key, 0)));
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });
});
