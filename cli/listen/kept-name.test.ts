import { expect, it } from 'vitest';
import { keptName } from './kept-name.ts';

it.each([
  ['my laptop', 'my laptop'],
  [' my laptop\t', 'my laptop'],
  [`${'x'.repeat(100)} `, 'x'.repeat(100)],
])('%j is the name %j', (given, name) => {
  expect(keptName(given)).toBe(name);
});

it.each(['', '  ', 'x'.repeat(101)])('%j is no name', (given) => {
  expect(() => keptName(given)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
