import { describe, expect, it } from 'vitest';
import { type Progress, withEach } from './one-by-one.ts';

const items = Array.from({ length: 23 }, (_, index) => index);
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('something that is done with each of many', () => {
  it('is done with each once, a few at a time, and tells how far it is', async () => {
    const [seen, told]: [number[], Progress[]] = [[], []];
    let [underWay, most] = [0, 0];
    const act = async (item: number) => {
      most = Math.max(most, ++underWay);
      await soon();
      seen.push(item);
      underWay--;
    };
    expect(
      await withEach(
        items,
        act,
        (progress) => told.push(progress),
        () => false,
      ),
    ).toBe(23);
    expect(seen.toSorted((a, b) => a - b)).toEqual(items);
    expect(most).toBe(5);
    expect([told.at(0), told.at(-1)]).toEqual([
      { done: 0, of: 23 },
      { done: 23, of: 23 },
    ]);
  });

  it('ends where it is told to, and says how many were done', async () => {
    let count = 0;
    const act = async () => {
      await soon();
      count++;
    };
    expect(
      await withEach(
        items,
        act,
        () => {},
        () => count >= 10,
      ),
    ).toBe(count);
    expect(count).toBeLessThan(15);
  });

  it('begins no other once one has failed, and fails by that', async () => {
    const begun: number[] = [];
    const act = async (item: number) => {
      begun.push(item);
      await soon();
      if (item === 6) throw new Error('no answer');
    };
    await expect(
      withEach(
        items,
        act,
        () => {},
        () => false,
      ),
    ).rejects.toThrow('no answer');
    expect(begun.length).toBeLessThan(15);
  });
});
