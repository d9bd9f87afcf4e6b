import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, hexDump, prettyJson } from './body.ts';

const textOf = (json: string): string | undefined => {
  const pretty = prettyJson(json);
  return pretty.kind === 'pretty' ? pretty.text : undefined;
};

describe('JSON that is made pretty', () => {
  it('is what it was, with line breaks and indentation', () => {
    expect(textOf('{"a":[1,{"b":null}],"c":{},"d":[],"e":"x,y:{}"}')).toBe(`{
  "a": [
    1,
    {
      "b": null
    }
  ],
  "c": {},
  "d": [],
  "e": "x,y:{}"
}`);
  });

  it.each([
    ['numbers beyond 2^53', '{"id":12345678901234567890,"n":1.0e+2}', /12345678901234567890[\s\S]*1\.0e\+2/],
    ['a name that is there twice', '{"a":1,"a":2}', /"a": 1,\n {2}"a": 2/],
    ['escapes', String.raw`{"a":"\"}\\"}`, /"\\"}\\\\"/],
  ])('keeps %s', (_, text, expected) => {
    expect(textOf(text)).toMatch(expected);
  });

  it('is as JSON.stringify would have it, for whatever it can write', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(textOf(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it.each(['', 'a=1&b=2', '{"a":', '<script>', '{} {}'])('is not made of %j, which is none', (text) => {
    expect(prettyJson(text)).toEqual({ kind: 'not_json' });
  });

  it.each([
    ['arrays in each other', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['objects in each other', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['many values inside of 200 arrays', `${'['.repeat(200)}${'1,'.repeat(200_000)}1${']'.repeat(200)}`],
    ['a string that is long already', JSON.stringify('x'.repeat(500_000))],
  ])('is not made where it would be too long to be shown: %s', (_, text) => {
    expect(prettyJson(text)).toEqual({ kind: 'too_long' });
  });

  it('is not made of unclosed brackets, however many', () => {
    expect(prettyJson('['.repeat(20_000))).toEqual({ kind: 'not_json' });
  });

  it('is made of all that is not nested, up to what is too long already', () => {
    const values = Array.from({ length: 249_000 }, () => 1);
    expect(textOf(JSON.stringify(values)) === JSON.stringify(values, null, 2)).toBe(true);
  });
});

describe('bytes in hex', () => {
  it('have their offset before them and their characters behind them', () => {
    expect(hexDump(bytesOf('<b>\n0123456789abcd', 'utf8')).split('\n')).toEqual([
      '00000000  3c 62 3e 0a 30 31 32 33 34 35 36 37 38 39 61 62  <b>.0123456789ab',
      '00000010  63 64                                            cd',
    ]);
  });

  it('come from base64 as they are', () => {
    expect(hexDump(bytesOf('AP8Q', 'base64'))).toMatch(/^00000000 {2}00 ff 10 /);
  });

  it('are cut where a browser would not like more, and it is said how many are left out', () => {
    const lines = hexDump(new Uint8Array(20_000)).split('\n');
    expect(lines).toHaveLength(1_025);
    expect(lines.at(-1)).toBe('… and 3616 bytes more');
  });
});
