import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget, type Share } from './byte-budget.ts';

/** Lets everything go on that waits for nothing but promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a budget of bytes', () => {
  it('a request is granted at once if it fits, and otherwise when enough is released', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.take(60);
    let second: Share | undefined;
    void budget.take(50).then((share) => (second = share));
    await settled();
    expect(second).toBeUndefined();
    first.release();
    await settled();
    expect(second).toBeDefined();
  });

  it('requests are served in order, even if the first one waits for more than the others need', async () => {
    const budget = new ByteBudget(100);
    const held = await budget.take(60);
    const order: string[] = [];
    void budget.take(80).then(() => order.push('much'));
    void budget.take(10).then(() => order.push('little'));
    await settled();
    expect(order).toEqual([]);
    held.release();
    await settled();
    expect(order).toEqual(['much', 'little']);
  });

  it('a request larger than the budget is granted if nobody else holds a share', async () => {
    const budget = new ByteBudget(100);
    const alone = await budget.take(1_000);
    let next = false;
    void budget.take(1).then(() => (next = true));
    await settled();
    expect(next).toBe(false);
    alone.release();
    await settled();
    expect(next).toBe(true);
  });

  it('a share that shrinks lets others go on, and one that grows holds them back', async () => {
    const budget = new ByteBudget(100);
    const share = await budget.take(100);
    share.resize(20);
    (await budget.take(80)).release();
    share.resize(150);
    let next = false;
    void budget.take(1).then(() => (next = true));
    await settled();
    expect(next).toBe(false);
    share.resize(99);
    await settled();
    expect(next).toBe(true);
  });

  it('a request withdrawn after a timeout lets those behind it go on', async () => {
    const budget = new ByteBudget(100);
    await budget.take(60);
    const { promise: ends, resolve: end } = Promise.withResolvers<void>();
    const tooMuch = budget.take(80, () => ends);
    let behind = false;
    void budget.take(40).then(() => (behind = true));
    await settled();
    expect(behind).toBe(false);
    end();
    expect(await tooMuch).toBeUndefined();
    await settled();
    expect(behind).toBe(true);
  });

  it('a share released twice is counted once', async () => {
    const budget = new ByteBudget(100);
    const [first] = await Promise.all([budget.take(50), budget.take(50)]);
    first.release();
    first.release();
    first.resize(0);
    await budget.take(50);
    let next = false;
    void budget.take(1).then(() => (next = true));
    await settled();
    expect(next).toBe(false);
  });

  it('a share is released even if the work fails', async () => {
    const budget = new ByteBudget(100);
    await expect(budget.use(100, () => Promise.reject(new Error('throttled')))).rejects.toThrow('throttled');
    expect(await budget.use(100, async () => 'done')).toBe('done');
  });

  it('the budget is never exceeded by grants, serves in order, and leaves nobody waiting', async () => {
    const asks = fc.array(fc.record({ bytes: fc.nat(150), turns: fc.nat(5), shrinks: fc.boolean() }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(asks, async (all) => {
        const budget = new ByteBudget(100);
        const begun: number[] = [];
        let held = 0;
        let shares = 0;
        const use = async ({ bytes, turns, shrinks }: (typeof all)[number], index: number) => {
          const share = await budget.take(bytes);
          begun.push(index);
          held += bytes;
          shares++;
          expect(shares === 1 || held <= 100).toBe(true);
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          const left = shrinks ? Math.floor(bytes / 2) : bytes;
          held -= bytes - left;
          share.resize(left);
          await Promise.resolve();
          held -= left;
          shares--;
          share.release();
        };
        await Promise.all(all.map(use));
        expect(begun).toEqual(all.map((_, index) => index));
        expect(held).toBe(0);
      }),
    );
  });
});
