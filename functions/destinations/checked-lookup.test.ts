import type { LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, it } from 'vitest';
import { checkedLookup } from './checked-lookup.ts';

type Answer = (error: Error | null, addresses: LookupAddress[]) => void;

/** A look-up that never calls back by itself. */
function held() {
  const asked: { host: string; answer: Answer }[] = [];
  const system = ((host: string, _options: object, answer: Answer) => {
    asked.push({ host, answer });
  }) as unknown as typeof lookup;
  return { asked, system };
}

const addressOf = (checked: LookupFunction, host: string) =>
  new Promise((resolve, reject) =>
    checked(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );

it('concurrent look-ups of one name share a thread, so a name that never resolves does not delay others', async () => {
  const { asked, system } = held();
  const checked = checkedLookup('public', system);
  const slow = Array.from({ length: 100 }, () => addressOf(checked, 'slow.example'));
  const other = addressOf(checked, 'other.example');
  expect(asked.map(({ host }) => host)).toEqual(['slow.example', 'other.example']);
  const found = [{ address: '93.184.216.34', family: 4 }];
  asked[1]?.answer(null, found);
  expect(await other).toEqual(found);
  asked[0]?.answer(null, found);
  expect(await Promise.all(slow)).toEqual(slow.map(() => found));
});

it('a name is looked up again once the previous look-up has ended, even with an error', async () => {
  const { asked, system } = held();
  const checked = checkedLookup('public', system);
  const failed = [addressOf(checked, 'moved.example'), addressOf(checked, 'moved.example')];
  asked[0]?.answer(new Error('queryA ESERVFAIL'), []);
  expect(await Promise.allSettled(failed)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  const again = addressOf(checked, 'moved.example');
  asked[1]?.answer(null, [{ address: '10.0.0.1', family: 4 }]);
  await expect(again).rejects.toThrow('10.0.0.1 is not a public address');
});
