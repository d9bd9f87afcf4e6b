import { expect, it } from 'vitest';
import { jsonErrorPosition } from './json-error-position.ts';

function mistakeIn(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    return jsonErrorPosition(text, error as SyntaxError);
  }
}

it.each([
  ['', 'line 1, column 1'],
  ['x', 'line 1, column 1'],
  ['{', 'line 1, column 2'],
  ['{a:1}', 'line 1, column 2'],
  ['{"secret":whsec_abc}', 'line 1, column 11'],
  ['{"secret":"whsec_abc', 'line 1, column 21'],
  ['{"secret":"whsec_a\\q"}', 'line 1, column 20'],
  ['{"a":1 "whsec_b"}', 'line 1, column 8'],
  ['{"a":true,"b":trwhsec}', 'line 1, column 17'],
  ['[1,]', 'line 1, column 4'],
  ['{}whsec', 'line 1, column 3'],
  ['{\n  "a": [1,\n  2, whsec]\n}', 'line 3, column 6'],
  [`{"long":"${'x'.repeat(5_000)}","secret":whsec_abc}`, 'line 1, column 5021'],
])('the message for %j gives the position where it stops being JSON, not the text there', (text, where) => {
  expect(mistakeIn(text)).toBe(where);
});
