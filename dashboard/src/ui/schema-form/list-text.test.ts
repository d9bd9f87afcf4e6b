import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNumber } from '../format.ts';
import { listOfText, listProblem, slipOf, textOfList } from './list-text.ts';
import type { ListShape } from './schema.ts';

const seconds: ListShape = {
  of: 'number',
  entries: { minimum: 1, maximum: 3 },
  each: { minimum: 1, maximum: 604_800 },
};

describe('a list typed in one line', () => {
  it.each([
    ['5, 25, 120', [5, 25, 120]],
    ['5,25,120,', [5, 25, 120]],
    [' 5 25\n120 ', [5, 25, 120]],
    ['5, soon', [5, 'soon']],
    ['', []],
    [' , ', []],
  ])('%j is read as the numbers %j', (typed, entries) => {
    expect(listOfText(typed, 'number')).toEqual(entries);
  });

  it('a list of words keeps digits as text', () => {
    expect(listOfText('408, 5xx, error', 'text')).toEqual(['408', '5xx', 'error']);
  });

  it.each([
    ['5, 25', undefined],
    ['5, 25, ', undefined],
    ['5, soon', '“soon” is not a number'],
    ['5, 0x10', '“0x10” is not a number'],
    ['5, 0', `“0” is not in 1 to ${formatNumber(604_800)}`],
    ['604801', `“604801” is not in 1 to ${formatNumber(604_800)}`],
    ['1, 2, 3, 4', 'has more than 3 entries'],
  ])('the problem of %j is %s', (typed, slip) => {
    expect(slipOf(typed, seconds)).toBe(slip);
  });

  it('a list survives being shown and read back', () => {
    const comesBack = (entries: readonly (string | number)[], of: ListShape['of']) => {
      expect(listOfText(textOfList(entries), of)).toEqual(entries);
    };
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[^\s,]+$/)), (words) => comesBack(words, 'text')));
    fc.assert(fc.property(fc.array(fc.integer()), (numbers) => comesBack(numbers, 'number')));
  });
});

describe('an API problem of a list', () => {
  it.each([
    ['retry_intervals', 'must have 1 to 10 intervals', 'must have 1 to 10 intervals'],
    ['retry_intervals.1', 'must be at least 1', 'Entry 2 must be at least 1'],
    ['retry_intervals.multiplier', 'is required', 'is required'],
    ['retry_intervals_of_another', 'is wrong', undefined],
  ])('the problem at %s, “%s”, is shown at the list as %j', (path, problem, shown) => {
    expect(listProblem([{ path, problem }], 'retry_intervals')).toBe(shown);
  });
});
