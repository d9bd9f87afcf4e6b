import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.ts';

function recording(
  options: { maxItems?: number; maxBytes?: number; lingerMs?: number; failures?: Map<number, Error> } = {},
) {
  const calls: string[][] = [];
  const batcher = new Batcher<string>({
    maxItems: options.maxItems ?? 3,
    lingerMs: options.lingerMs ?? 1,
    sizeOf: (item) => item.length,
    ...(options.maxBytes !== undefined && { maxBytes: options.maxBytes }),
    send: async (items) => {
      calls.push([...items]);
      return options.failures ?? new Map();
    },
  });
  return { batcher, calls };
}

describe('a batcher', () => {
  it('a batcher sends items that come together in one call, in order', async () => {
    const { batcher, calls } = recording();
    await Promise.all([batcher.add('a'), batcher.add('b')]);
    expect(calls).toEqual([['a', 'b']]);
  });

  it('flush sends the waiting items at once, and later items wait again', async () => {
    const { batcher, calls } = recording({ lingerMs: 3_600_000 });
    const added = Promise.all([batcher.add('a'), batcher.add('b')]);
    batcher.flush();
    await added;
    const next = batcher.add('c');
    batcher.flush();
    await next;
    batcher.flush();
    expect(calls).toEqual([['a', 'b'], ['c']]);
  });

  it('a call never exceeds its number of items', async () => {
    const { batcher, calls } = recording({ maxItems: 2 });
    await Promise.all(['a', 'b', 'c'].map((item) => batcher.add(item)));
    expect(calls).toEqual([['a', 'b'], ['c']]);
  });

  it('a call never exceeds its number of bytes', async () => {
    const { batcher, calls } = recording({ maxBytes: 4 });
    await Promise.all(['aaa', 'bb', 'cc'].map((item) => batcher.add(item)));
    expect(calls).toEqual([['aaa'], ['bb', 'cc']]);
  });

  it('only the items that the call names fail', async () => {
    const { batcher } = recording({ failures: new Map([[1, new Error('throttled')]]) });
    const results = await Promise.allSettled([batcher.add('a'), batcher.add('b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('a failed call fails all its items, and the next call goes on', async () => {
    let calls = 0;
    const batcher = new Batcher<string>({
      maxItems: 2,
      lingerMs: 1,
      send: async () => {
        calls += 1;
        if (calls === 1) throw new Error('unreachable');
        return new Map();
      },
    });
    const first = await Promise.allSettled([batcher.add('a'), batcher.add('b')]);
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(batcher.add('c')).resolves.toBeUndefined();
  });
});
