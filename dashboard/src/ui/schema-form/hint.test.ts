import { describe, expect, it } from 'vitest';
import { formatNumber } from '../format.ts';
import { hintOf } from './hint.ts';
import { labelOf, wordsOf } from './label.ts';
import type { FieldShape, Shape } from './schema.ts';

const described = (shape: Shape, rest: Partial<FieldShape> = {}): FieldShape => ({
  shape,
  isNullable: false,
  description: undefined,
  example: undefined,
  byDefault: undefined,
  ...rest,
});
const number = (minimum?: number, maximum?: number): Shape => ({ kind: 'number', isWhole: true, minimum, maximum });

describe('the hint of a field', () => {
  it.each([
    ['the bounds of a number', described(number(1, 604_800)), `1 to ${formatNumber(604_800)}.`],
    ['the only bound', described(number(1)), 'At least 1.'],
    ['the description before the bounds', described(number(1, 60), { description: 'Of all.' }), 'Of all. 1 to 60.'],
    ['the default', described(number(1, 60), { byDefault: 10 }), '1 to 60. By default 10.'],
    [
      'the default, formatted like other numbers',
      described(number(), { byDefault: 10_000 }),
      `By default ${formatNumber(10_000)}.`,
    ],
    ['no default of null', described(number(), { byDefault: null }), undefined],
    [
      'the number and bounds of list entries',
      described({
        kind: 'list',
        of: 'number',
        entries: { minimum: 1, maximum: 10 },
        each: { minimum: 1, maximum: 60 },
      }),
      '1 to 10 numbers of 1 to 60, with commas between them.',
    ],
    [
      'list entries without bounds',
      described({
        kind: 'list',
        of: 'text',
        entries: { minimum: 1, maximum: undefined },
        each: { minimum: undefined, maximum: undefined },
      }),
      'At least 1 entries, with commas between them.',
    ],
  ])('the hint gives %s', (_, field, hint) => {
    expect(hintOf(field)).toBe(hint);
  });
});

describe('the label of a field', () => {
  it.each([
    ['queue_url', 'Queue URL'],
    ['timeout_seconds', 'Timeout (seconds)'],
    ['initial_delay_ms', 'Initial delay (milliseconds)'],
    ['access_key_id', 'Access key ID'],
    ['seconds', 'Seconds'],
  ])('the label of %s is %s', (name, label) => {
    expect(labelOf(name)).toBe(label);
  });

  it('a label within a sentence has no unit', () => {
    expect(wordsOf('max_delay_ms')).toBe('max delay');
  });
});
