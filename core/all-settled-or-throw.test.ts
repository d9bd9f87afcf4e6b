import { expect, it } from 'vitest';
import { allSettledOrThrow } from './all-settled-or-throw.ts';

it('gives what all have given, in their order', async () => {
  const given: [number, string] = await allSettledOrThrow([Promise.resolve(1), 'two']);
  expect(given).toEqual([1, 'two']);
});

it('fails as the first in order, and only once the others are through', async () => {
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
