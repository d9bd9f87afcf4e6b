import { beforeEach, describe, expect, it } from 'vitest';
import { type Expiring, ExpiringCache } from './expiring-cache.ts';

let loads: number;
let cache: ExpiringCache<string>;
beforeEach(() => {
  loads = 0;
  cache = new ExpiringCache(2);
});

const load = async (): Promise<Expiring<string>> => ({ value: `value ${++loads}`, expiresAtMs: 1_000 });
const valueAt = async (nowMs: number, key = 'a') => (await cache.get(key, nowMs, load)).value;

describe('a cache of values that expire', () => {
  it('a value is loaded once until it expires', async () => {
    expect([await valueAt(0), await valueAt(999), await valueAt(1_000)]).toEqual(['value 1', 'value 1', 'value 2']);
  });

  it('simultaneous callers share one load, and learn that the value is new', async () => {
    const asked = await Promise.all([cache.get('a', 0, load), cache.get('a', 0, load)]);
    expect(asked.map(({ value, wasThere }) => [value, wasThere])).toEqual([
      ['value 1', false],
      ['value 1', false],
    ]);
    expect((await cache.get('a', 0, load)).wasThere).toBe(true);
  });

  it('a failed load is tried again', async () => {
    await expect(cache.get('a', 0, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await valueAt(0)).toBe('value 1');
  });

  it('a value can be forgotten, but not the one that has replaced it', async () => {
    const old = await cache.get('a', 0, load);
    old.forget();
    expect(await valueAt(0)).toBe('value 2');
    old.forget();
    expect(await valueAt(0)).toBe('value 2');
  });

  it('only the newest keys are kept', async () => {
    for (const key of ['a', 'b', 'c']) await valueAt(0, key);
    expect([await valueAt(0, 'c'), await valueAt(0, 'b'), await valueAt(0, 'a')]).toEqual([
      'value 3',
      'value 2',
      'value 4',
    ]);
  });
});
