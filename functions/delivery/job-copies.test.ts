import { describe, expect, it } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import type { AttemptOutcome } from '../../core/figures/destination-figures.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { JobCopies } from './job-copies.ts';

const sourceId = newId('src');
const event = { id: newEventId(sourceId, 0), organizationId: newId('org'), sourceId };
const job = firstJob(event, { id: newId('con'), destinationId: newId('dst') });
const outcome: AttemptOutcome = { isFirst: true, succeeded: true, durationMs: 1, endedAtMs: 1 };
const made = { kind: 'stands', outcome } as const;

type Made = Awaited<ReturnType<JobCopies['once']>>;

/** Runs that a test ends one by one, and how many have begun. */
function runs() {
  const begun: PromiseWithResolvers<Made>[] = [];
  const run = () => {
    const one = Promise.withResolvers<Made>();
    begun.push(one);
    return one.promise;
  };
  return { begun, run };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('copies of a job', () => {
  it('one copy makes the attempt, and the others wait until it is recorded', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    const [first, ...others] = [copies.once(job, run), copies.once(job, run), copies.once(job, run)];
    let waited = true;
    void others[0]?.then(() => {
      waited = false;
    });
    await turn();
    expect([begun.length, waited]).toEqual([1, true]);
    begun[0]?.resolve(made);
    expect(await first).toBe(made);
    expect(await Promise.all(others)).toEqual([undefined, undefined]);
    expect(begun).toHaveLength(1);
  });

  it('a copy that comes after the attempt makes none, whatever row it has read before', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    await copies.once(job, async () => made);
    expect(await copies.once(job, run)).toBeUndefined();
    expect(begun).toHaveLength(0);
  });

  it('all copies that have waited come back when the first one fails, and the attempt is made then', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    const both = [copies.once(job, run), copies.once(job, run)];
    begun[0]?.reject(new Error('throttled'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await copies.once(job, async () => made)).toBe(made);
  });

  it('each copy runs in its turn until one makes an attempt, as one may be a replay', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    const all = [copies.once(job, run), copies.once(job, run), copies.once(job, run)];
    for (const [index, one] of [undefined, made].entries()) {
      await turn();
      expect(begun).toHaveLength(index + 1);
      begun[index]?.resolve(one);
    }
    expect((await Promise.all(all)).toSorted()).toEqual([made, undefined, undefined]);
    expect(begun).toHaveLength(2);
  });

  it('a job does not wait for another attempt of the same delivery', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    void copies.once(job, run);
    void copies.once({ ...job, attempt: 2 }, run);
    await turn();
    expect(begun).toHaveLength(2);
  });

  it('a replay is no copy of a cancelled attempt with the same number', async () => {
    const copies = new JobCopies();
    const replay = { ...job, attempt: 2, roundStart: 2, startsReplay: true, replayedAtMs: 1 };
    await copies.once({ ...job, attempt: 2 }, async () => made);
    expect(await copies.once(replay, async () => made)).toBe(made);
  });

  it('a first attempt that stands takes the place of a replay', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    const both = [copies.once(job, run), copies.once({ ...job, startsReplay: true, replayedAtMs: 1 }, run)];
    await turn();
    begun[0]?.resolve(made);
    expect(await Promise.all(both)).toEqual([made, undefined]);
    expect(begun).toHaveLength(1);
  });

  it('a replay is made after a first attempt whose record does not stand', async () => {
    const copies = new JobCopies();
    const { begun, run } = runs();
    const replay = { ...job, startsReplay: true, replayedAtMs: 1 };
    const all = [copies.once(job, run), copies.once(job, run), copies.once(replay, run)];
    begun[0]?.resolve({ kind: 'overtaken', outcome });
    await turn();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve(made);
    expect(await Promise.all(all)).toEqual([{ kind: 'overtaken', outcome }, undefined, made]);
  });
});
