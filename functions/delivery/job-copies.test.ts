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

/** Runs that a test ends one by one, how many have begun, and how many jobs were sent on instead. */
function runs() {
  const begun: PromiseWithResolvers<Made>[] = [];
  const handled = {
    begun,
    sentOn: 0,
    run: () => {
      const one = Promise.withResolvers<Made>();
      begun.push(one);
      return one.promise;
    },
    sendOn: async () => void handled.sentOn++,
  };
  return handled;
}

const running = (run: () => Promise<Made>) => ({ ...runs(), run });

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('copies of a job', () => {
  it('one copy makes the attempt, and the others wait until it is recorded', async () => {
    const copies = new JobCopies();
    const handled = runs();
    const { begun } = handled;
    const [first, ...others] = [copies.once(job, handled), copies.once(job, handled), copies.once(job, handled)];
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
    const handled = runs();
    const { begun } = handled;
    await copies.once(
      job,
      running(async () => made),
    );
    expect(await copies.once(job, handled)).toBeUndefined();
    expect(begun).toHaveLength(0);
  });

  it('all copies that have waited come back when the first one fails, and the attempt is made then', async () => {
    const copies = new JobCopies();
    const handled = runs();
    const { begun } = handled;
    const both = [copies.once(job, handled), copies.once(job, handled)];
    begun[0]?.reject(new Error('throttled'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(
      await copies.once(
        job,
        running(async () => made),
      ),
    ).toBe(made);
  });

  it('copies that have waited in vain are sent on, as what was held may be due again, and then run', async () => {
    const copies = new JobCopies();
    const handled = runs();
    const all = [copies.once(job, handled), copies.once(job, handled), copies.once(job, handled)];
    handled.begun[0]?.resolve(undefined);
    expect(await Promise.all(all)).toEqual([undefined, undefined, undefined]);
    expect([handled.begun.length, handled.sentOn]).toEqual([1, 2]);
    expect(
      await copies.once(
        job,
        running(async () => made),
      ),
    ).toBe(made);
  });

  it('a job does not wait for another attempt of the same delivery', async () => {
    const copies = new JobCopies();
    const handled = runs();
    const { begun } = handled;
    void copies.once(job, handled);
    void copies.once({ ...job, attempt: 2 }, handled);
    await turn();
    expect(begun).toHaveLength(2);
  });

  it('a replay is no copy of a cancelled attempt with the same number', async () => {
    const copies = new JobCopies();
    const replay = { ...job, attempt: 2, roundStart: 2, startsReplay: true, replayedAtMs: 1 };
    await copies.once(
      { ...job, attempt: 2 },
      running(async () => made),
    );
    expect(
      await copies.once(
        replay,
        running(async () => made),
      ),
    ).toBe(made);
  });

  it('a first attempt that stands takes the place of a replay', async () => {
    const copies = new JobCopies();
    const handled = runs();
    const { begun } = handled;
    const both = [copies.once(job, handled), copies.once({ ...job, startsReplay: true, replayedAtMs: 1 }, handled)];
    await turn();
    begun[0]?.resolve(made);
    expect(await Promise.all(both)).toEqual([made, undefined]);
    expect(begun).toHaveLength(1);
  });

  it('a replay is sent on after a first attempt whose record does not stand, and then made', async () => {
    const copies = new JobCopies();
    const handled = runs();
    const replay = { ...job, startsReplay: true, replayedAtMs: 1 };
    const all = [copies.once(job, handled), copies.once(job, handled), copies.once(replay, handled)];
    handled.begun[0]?.resolve({ kind: 'overtaken', outcome });
    expect(await Promise.all(all)).toEqual([{ kind: 'overtaken', outcome }, undefined, undefined]);
    expect([handled.begun.length, handled.sentOn]).toEqual([1, 1]);
    expect(
      await copies.once(
        replay,
        running(async () => made),
      ),
    ).toBe(made);
  });
});
