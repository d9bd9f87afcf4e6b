import { describe, expect, it } from 'vitest';
import { FairTurns } from './fair-turns.ts';

/** Runs with given durations on a simulated clock, and the order in which they start. */
function turnsUnderTest() {
  let nowMs = 0;
  const turns = new FairTurns(() => nowMs);
  const begun: string[] = [];
  const run = (whose: string, takesMs: number) =>
    turns.run(whose, async () => {
      begun.push(whose);
      await Promise.resolve();
      nowMs += takesMs;
      return whose;
    });
  return { turns, begun, run };
}

describe('turns', () => {
  it('turns go one at a time, in order of arrival if all take the same time', async () => {
    const { begun, run } = turnsUnderTest();
    await Promise.all([run('a', 1), run('a', 1), run('b', 1), run('c', 1), run('b', 1)]);
    expect(begun).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('a slow backlog keeps others waiting for one of its turns, not for all', async () => {
    const { begun, run } = turnsUnderTest();
    const slow = Array.from({ length: 10 }, () => run('slow', 5_000));
    const quick = Array.from({ length: 20 }, () => run('quick', 10));
    await Promise.all(quick);
    expect(begun.filter((whose) => whose === 'slow').length).toBeLessThanOrEqual(2);
    await Promise.all(slow);
    expect(begun).toHaveLength(30);
  });

  it('a slow claimant gets turns even while others never stop coming', async () => {
    const { begun, run } = turnsUnderTest();
    let isOver = false;
    const slow = Promise.all([run('slow', 500), run('slow', 500)]).then(() => {
      isOver = true;
    });
    for (let i = 0; !isOver && i < 1_000; i++) {
      const whose = `quick ${i % 3}`;
      await Promise.all([run(whose, 10), run(whose, 10)]);
    }
    await slow;
    expect(begun.length).toBeLessThan(300);
  });

  it('a turn that fails affects no other', async () => {
    const { turns, run } = turnsUnderTest();
    const failed = turns.run('a', () => Promise.reject(new Error('no')));
    const after = run('a', 1);
    await expect(failed).rejects.toThrow('no');
    expect(await after).toBe('a');
  });
});
