import { describe, expect, it } from 'vitest';
import { CtrlCCounter } from './ctrl-c-counter.ts';

/** What each signal counts as, given the times at which they come. */
function counted(isPassedOn: boolean, ...signalsMs: readonly number[]) {
  const counter = new CtrlCCounter(isPassedOn);
  return signalsMs.map((ms) => counter.countSignal(ms));
}

describe('Ctrl-C', () => {
  it('each signal counts as one press', () => {
    expect(counted(false, 0, 1, 2)).toEqual([1, 2, 3]);
  });
});

describe('Ctrl-C passed on by npm', () => {
  it('two signals from one Ctrl-C count as one press', () => {
    expect(counted(true, 0, 3, 1_500, 1_500)).toEqual([1, undefined, 2, undefined]);
  });

  it('a press whose two signals were merged into one is still counted', () => {
    expect(counted(true, 0, 1_500, 3_000)).toEqual([1, 2, 3]);
    expect(counted(true, 0, 1_500, 1_501, 3_000)).toEqual([1, 2, undefined, 3]);
  });

  it('only one signal is ignored per press, however fast Ctrl-C is pressed', () => {
    expect(counted(true, 0, 1, 200, 201, 400)).toEqual([1, undefined, 2, undefined, 3]);
  });
});
