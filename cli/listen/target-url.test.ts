import { expect, it } from 'vitest';
import { targetUrl } from './target-url.ts';

it.each([
  ['3000', 'http://localhost:3000/'],
  ['3000/hooks', 'http://localhost:3000/hooks'],
  ['3000?x=1', 'http://localhost:3000/?x=1'],
  ['3000#x', 'http://localhost:3000/#x'],
  ['3000\\hooks', 'http://localhost:3000/hooks'],
  ['3000 ', 'http://localhost:3000/'],
  ['localhost:3000/x', 'http://localhost:3000/x'],
  ['localhost', 'http://localhost/'],
  ['[::1]:3000', 'http://[::1]:3000/'],
  ['me:secret@localhost:3000', 'http://me:secret@localhost:3000/'],
  ['localhost:3000/x?to=http://elsewhere', 'http://localhost:3000/x?to=http://elsewhere'],
  // This is how URLs are parsed, in browsers too.
  ['http:/localhost', 'http://localhost/'],
  ['https://example.com/hook', 'https://example.com/hook'],
])('--to %s is %s', (given, url) => {
  expect(targetUrl(given).href).toBe(url);
});

it.each([
  '',
  ':3000',
  'ftp:',
  'ftp:/x',
  'ftp:\\x',
  'ftp://localhost/x',
  'mailto:me',
  'localhost:70000',
  '70000',
  'a b',
])('--to %s is refused', (given) => {
  expect(() => targetUrl(given)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
