import { beforeEach, expect, it } from 'vitest';
import { fetchShared, forgetAll, invalidate, latestResponse, onInvalidated, replaceWith } from './responses.ts';

beforeEach(forgetAll);

/** Requests that can be answered in any order. */
function requests() {
  const begun: PromiseWithResolvers<string>[] = [];
  const load = () => {
    const one = Promise.withResolvers<string>();
    begun.push(one);
    return one.promise;
  };
  return { begun, load };
}

it('concurrent requests for the same path share one response', async () => {
  const { begun, load } = requests();
  const both = [fetchShared('/keys', load), fetchShared('/keys', load)];
  begun[0]?.resolve('keys');
  expect(await Promise.all(both)).toEqual(['keys', 'keys']);
  expect(begun).toHaveLength(1);
  expect(latestResponse('/keys')).toBe('keys');
});

it('a request after a change is sent anew, and the earlier response is discarded', async () => {
  const { begun, load } = requests();
  const before = fetchShared('/keys', load);
  invalidate('/keys');
  const after = fetchShared('/keys', load);
  begun[1]?.resolve('with the new one');
  expect(await after).toBe('with the new one');
  begun[0]?.resolve('without it');
  expect(await before).toBe('with the new one');
  expect(latestResponse('/keys')).toBe('with the new one');
});

it('a response from before a change waits for the one after it', async () => {
  const { begun, load } = requests();
  const before = fetchShared('/keys', load);
  invalidate('/keys');
  const after = fetchShared('/keys', load);
  begun[0]?.resolve('without it');
  begun[1]?.resolve('with the new one');
  expect(await Promise.all([before, after])).toEqual(['with the new one', 'with the new one']);
});

it('a failure from before a replacement is ignored', async () => {
  const { begun, load } = requests();
  const before = fetchShared('/keys', load);
  replaceWith('/keys', 'with the new one');
  begun[0]?.reject(new Error('cut'));
  expect(await before).toBe('with the new one');
});

it('the response of a change is kept, whatever is still in flight', async () => {
  const { begun, load } = requests();
  const before = fetchShared('/circuit', load);
  replaceWith('/circuit', 'closed');
  begun[0]?.resolve('open');
  expect(await before).toBe('closed');
  expect(latestResponse('/circuit')).toBe('closed');
});

it('a response from before a change is used if nothing was requested since', async () => {
  const { begun, load } = requests();
  replaceWith('/deliveries', 'of yesterday');
  const asked = fetchShared('/deliveries', load);
  invalidate('/deliveries');
  begun[0]?.resolve('of now');
  expect(await asked).toBe('of now');
  expect(latestResponse('/deliveries')).toBe('of now');
});

it('a failure from before a change is reported if nothing was requested since', async () => {
  const { begun, load } = requests();
  replaceWith('/keys', 'of yesterday');
  const asked = fetchShared('/keys', load);
  invalidate('/keys');
  begun[0]?.reject(new Error('down'));
  await expect(asked).rejects.toThrow('down');
});

it('listeners of a changed path are called, and no others', () => {
  const told: string[] = [];
  const ends = [
    onInvalidated('/keys', () => told.push('keys')),
    onInvalidated('/keys', () => told.push('keys elsewhere')),
    onInvalidated('/sources', () => told.push('sources')),
  ];
  invalidate('/keys');
  expect(told).toEqual(['keys', 'keys elsewhere']);
  for (const end of ends) end();
  invalidate('/keys');
  expect(told).toHaveLength(2);
});

it('a response that comes after sign-out is not kept', async () => {
  const { begun, load } = requests();
  const before = fetchShared('/keys', load);
  forgetAll();
  begun[0]?.resolve('keys');
  expect(await before).toBe('keys');
  expect(latestResponse('/keys')).toBeUndefined();
});

it('a failed request is sent again', async () => {
  const { begun, load } = requests();
  const failed = fetchShared('/keys', load);
  begun[0]?.reject(new Error('down'));
  await expect(failed).rejects.toThrow('down');
  const again = fetchShared('/keys', load);
  begun[1]?.resolve('keys');
  expect(await again).toBe('keys');
});

it('a hundred responses are kept, and the oldest is dropped', async () => {
  for (let count = 0; count < 101; count++) replaceWith(`/events/${count}`, 'event');
  expect(latestResponse('/events/0')).toBeUndefined();
  expect(latestResponse('/events/1')).toBe('event');
});
