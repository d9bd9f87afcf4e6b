import { describe, expect, it } from 'vitest';
import { type Progress, processEach } from './one-by-one.ts';

const items = Array.from({ length: 23 }, (_, index) => index);
const soon = () => new Promise((resolve) => setImmediate(resolve));
const silent = () => {};
const toTheEnd = { isStopped: () => false, isRefusal: () => false };

describe('an action on each of many items', () => {
  it('each item is processed once, a few at a time, with progress', async () => {
    const [seen, told]: [number[], Progress[]] = [[], []];
    let [underWay, most] = [0, 0];
    const act = async (item: number) => {
      most = Math.max(most, ++underWay);
      await soon();
      seen.push(item);
      underWay--;
    };
    const outcome = await processEach(items, act, (progress) => told.push(progress), toTheEnd);
    expect(outcome).toEqual({ done: new Set(items), refused: [] });
    expect(seen.toSorted((a, b) => a - b)).toEqual(items);
    expect(most).toBe(5);
    expect([told.at(0), told.at(-1)]).toEqual([
      { done: 0, of: 23 },
      { done: 23, of: 23 },
    ]);
  });

  it('a stopped run reports which items were done', async () => {
    const seen = new Set<number>();
    const act = async (item: number) => {
      await soon();
      seen.add(item);
    };
    const outcome = await processEach(items, act, silent, { ...toTheEnd, isStopped: () => seen.size >= 10 });
    expect(outcome).toEqual({ done: seen, refused: [] });
    expect(seen.size).toBeLessThan(15);
  });

  it('a run goes on after a refusal, and reports which and why', async () => {
    const refusal = new Error('it is gone');
    const act = async (item: number) => {
      await soon();
      if (item === 6 || item === 22) throw refusal;
    };
    const told: Progress[] = [];
    const outcome = await processEach(items, act, (progress) => told.push(progress), {
      ...toTheEnd,
      isRefusal: (error) => error === refusal,
    });
    expect(outcome.refused).toEqual([
      { item: 6, error: refusal },
      { item: 22, error: refusal },
    ]);
    expect(outcome.done).toEqual(new Set(items.filter((item) => item !== 6 && item !== 22)));
    expect(outcome.failure).toBeUndefined();
    expect(told.at(-1)).toEqual({ done: 23, of: 23 });
  });

  it('a failure ends the run, which reports it and what was done', async () => {
    const begun: number[] = [];
    const act = async (item: number) => {
      begun.push(item);
      await soon();
      if (item === 6) throw new Error('no answer');
    };
    const { done, failure } = await processEach(items, act, silent, toTheEnd);
    expect(failure).toEqual({ error: new Error('no answer') });
    expect(begun.length).toBeLessThan(15);
    expect(done).toEqual(new Set(begun.filter((item) => item !== 6)));
  });
});
