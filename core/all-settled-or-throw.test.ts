import { expect, it } from 'vitest';
import { allSettledOrThrow } from './all-settled-or-throw.ts';

it('allSettledOrThrow resolves to all results in order', async () => {
  const given: [number, string] = await allSettledOrThrow([Promise.resolve(1), 'two']);
  expect(given).toEqual([1, 'two']);
});

it('allSettledOrThrow rejects with the first error in order, once all promises have settled', async () => {
  let end = () => {};
  const others = [new Promise<void>((resolve) => (end = resolve)), Promise.reject(new Error('second'))];
  let failed: unknown;
  const all = allSettledOrThrow([Promise.reject(new Error('first')), ...others]).catch((error) => (failed = error));
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toBeUndefined();
  end();
  await all;
  expect(failed).toEqual(new Error('first'));
});
