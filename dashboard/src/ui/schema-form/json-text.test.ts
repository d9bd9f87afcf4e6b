import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOfValue, valueOfText } from './json-text.ts';

describe('a value that is typed as JSON', () => {
  it.each([
    ['fifo', 'fifo'],
    ['"fifo"', 'fifo'],
    [' fast ', 'fast'],
    ['5', 5],
    ['null', null],
    ['{"key":"$.id"}', { key: '$.id' }],
    ['', undefined],
  ])('%j is %j, where text is taken', (typed, value) => {
    expect(valueOfText(typed, true)).toEqual(value);
  });

  it.each(['fifo', '{', 'two words'])('%j is none, where no text is taken', (typed) => {
    expect(() => valueOfText(typed, false)).toThrow(SyntaxError);
  });

  it('is shown so that it comes back, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('fifo', 'true', 'null', '5'), fc.jsonValue()),
        fc.boolean(),
        (value, takesText) => {
          const shown = textOfValue(value, takesText);
          expect(valueOfText(shown, takesText)).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });
});
