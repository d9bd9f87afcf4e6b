import { expect, it } from 'vitest';
import { parseKeptName } from './kept-name.ts';

it.each([
  ['my laptop', 'my laptop'],
  [' my laptop\t', 'my laptop'],
  [`${'x'.repeat(100)} `, 'x'.repeat(100)],
])('the name %j is kept as %j', (given, name) => {
  expect(parseKeptName(given)).toBe(name);
});

it.each(['', '  ', 'x'.repeat(101)])('the name %j is refused', (given) => {
  expect(() => parseKeptName(given)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
