import { describe, expect, it } from 'vitest';
import { Presses } from './ctrl-c-counter.ts';

/** What each signal counts as, given the times at which they come. */
function counted(isPassedOn: boolean, ...signalsMs: readonly number[]) {
  const presses = new Presses(isPassedOn);
  return signalsMs.map((ms) => presses.signal(ms));
}

describe('Ctrl-C', () => {
  it('is pressed as often as it comes', () => {
    expect(counted(false, 0, 1, 2)).toEqual([1, 2, 3]);
  });
});

describe('Ctrl-C that npm passes on', () => {
  it('comes twice each time', () => {
    expect(counted(true, 0, 3, 1_500, 1_500)).toEqual([1, undefined, 2, undefined]);
  });

  it('comes once where the two have met', () => {
    expect(counted(true, 0, 1_500, 3_000)).toEqual([1, 2, 3]);
    expect(counted(true, 0, 1_500, 1_501, 3_000)).toEqual([1, 2, undefined, 3]);
  });

  it('is not taken for passed on more than once, however fast it is pressed', () => {
    expect(counted(true, 0, 1, 200, 201, 400)).toEqual([1, undefined, 2, undefined, 3]);
  });
});
