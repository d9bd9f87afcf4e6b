import { beforeEach, expect, it } from 'vitest';
import { ask, forgetAll, lastOf, onOutdated, outdate, replaceBy } from './responses.ts';

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
  const both = [ask('/keys', load), ask('/keys', load)];
  begun[0]?.resolve('keys');
  expect(await Promise.all(both)).toEqual(['keys', 'keys']);
  expect(begun).toHaveLength(1);
  expect(lastOf('/keys')).toBe('keys');
});

it('a request after a change is sent anew, and the earlier response is discarded', async () => {
  const { begun, load } = requests();
  const before = ask('/keys', load);
  outdate('/keys');
  const after = ask('/keys', load);
  begun[1]?.resolve('with the new one');
  expect(await after).toBe('with the new one');
  begun[0]?.resolve('without it');
  expect(await before).toBe('with the new one');
  expect(lastOf('/keys')).toBe('with the new one');
});

it('a response from before a change waits for the one after it', async () => {
  const { begun, load } = requests();
  const before = ask('/keys', load);
  outdate('/keys');
  const after = ask('/keys', load);
  begun[0]?.resolve('without it');
  begun[1]?.resolve('with the new one');
  expect(await Promise.all([before, after])).toEqual(['with the new one', 'with the new one']);
});

it('a failure from before a replacement is ignored', async () => {
  const { begun, load } = requests();
  const before = ask('/keys', load);
  replaceBy('/keys', 'with the new one');
  begun[0]?.reject(new Error('cut'));
  expect(await before).toBe('with the new one');
});

it('the response of a change is kept, whatever is still in flight', async () => {
  const { begun, load } = requests();
  const before = ask('/circuit', load);
  replaceBy('/circuit', 'closed');
  begun[0]?.resolve('open');
  expect(await before).toBe('closed');
  expect(lastOf('/circuit')).toBe('closed');
});

it('a response from before a change is used if nothing was requested since', async () => {
  const { begun, load } = requests();
  replaceBy('/deliveries', 'of yesterday');
  const asked = ask('/deliveries', load);
  outdate('/deliveries');
  begun[0]?.resolve('of now');
  expect(await asked).toBe('of now');
  expect(lastOf('/deliveries')).toBe('of now');
});

it('a failure from before a change is reported if nothing was requested since', async () => {
  const { begun, load } = requests();
  replaceBy('/keys', 'of yesterday');
  const asked = ask('/keys', load);
  outdate('/keys');
  begun[0]?.reject(new Error('down'));
  await expect(asked).rejects.toThrow('down');
});

it('listeners of a changed path are called, and no others', () => {
  const told: string[] = [];
  const ends = [
    onOutdated('/keys', () => told.push('keys')),
    onOutdated('/keys', () => told.push('keys elsewhere')),
    onOutdated('/sources', () => told.push('sources')),
  ];
  outdate('/keys');
  expect(told).toEqual(['keys', 'keys elsewhere']);
  for (const end of ends) end();
  outdate('/keys');
  expect(told).toHaveLength(2);
});

it('a response that comes after sign-out is not kept', async () => {
  const { begun, load } = requests();
  const before = ask('/keys', load);
  forgetAll();
  begun[0]?.resolve('keys');
  expect(await before).toBe('keys');
  expect(lastOf('/keys')).toBeUndefined();
});

it('a failed request is sent again', async () => {
  const { begun, load } = requests();
  const failed = ask('/keys', load);
  begun[0]?.reject(new Error('down'));
  await expect(failed).rejects.toThrow('down');
  const again = ask('/keys', load);
  begun[1]?.resolve('keys');
  expect(await again).toBe('keys');
});

it('a hundred responses are kept, and the oldest is dropped', async () => {
  for (let count = 0; count < 101; count++) replaceBy(`/events/${count}`, 'event');
  expect(lastOf('/events/0')).toBeUndefined();
  expect(lastOf('/events/1')).toBe('event');
});
