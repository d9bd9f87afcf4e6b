import { describe, expect, it } from 'vitest';
import type { AttributeValue } from './attribute-value.ts';
import { itemSize, valueSize } from './item-size.ts';

describe('the billed size', () => {
  const sizes: [AttributeValue, number][] = [
    [{ S: '' }, 0],
    [{ S: 'hé😀' }, 7],
    [{ B: 'AQID' }, 3],
    [{ BOOL: false }, 1],
    [{ NULL: true }, 1],
    [{ N: '0' }, 1],
    [{ N: '5' }, 2],
    [{ N: '-5' }, 3],
    [{ N: '27' }, 2],
    [{ N: '127' }, 3],
    [{ N: '100' }, 2],
    [{ N: '0.01' }, 2],
    [{ N: '12.5' }, 3],
    [{ N: '12345678901234567890123456789012345678' }, 20],
    [{ SS: ['a', 'bc'] }, 3],
    [{ NS: ['1', '-1'] }, 5],
    [{ BS: ['AQ==', 'AQI='] }, 3],
    [{ L: [] }, 3],
    [{ L: [{ S: 'ab' }, { NULL: true }] }, 8],
    [{ M: {} }, 3],
    [{ M: { a: { S: 'b' }, c: { M: {} } } }, 11],
  ];

  it.each(sizes)('the billed size of %j is %i bytes', (value, bytes) => {
    expect(valueSize(value)).toBe(bytes);
  });

  it('the billed size of an item is that of its names and values', () => {
    expect(itemSize({ id: { S: 'abc' }, ü: { N: '1' } })).toBe(2 + 3 + 2 + 2);
  });
});
