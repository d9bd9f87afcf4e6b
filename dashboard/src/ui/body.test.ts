import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, hexDump, prettyJson } from './body.ts';

const textOf = (json: string): string | undefined => {
  const pretty = prettyJson(json);
  return pretty.kind === 'pretty' ? pretty.text : undefined;
};

describe('prettified JSON', () => {
  it('prettified JSON differs only in line breaks and indentation', () => {
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
    ['a duplicate name', '{"a":1,"a":2}', /"a": 1,\n {2}"a": 2/],
    ['escapes', String.raw`{"a":"\"}\\"}`, /"\\"}\\\\"/],
  ])('prettified JSON keeps %s', (_, text, expected) => {
    expect(textOf(text)).toMatch(expected);
  });

  it('any value is prettified as JSON.stringify indents it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(textOf(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it.each(['', 'a=1&b=2', '{"a":', '<script>', '{} {}'])('%j is not JSON and is not prettified', (text) => {
    expect(prettyJson(text)).toEqual({ kind: 'not_json' });
  });

  it.each([
    ['arrays in each other', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['objects in each other', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['many values inside of 200 arrays', `${'['.repeat(200)}${'1,'.repeat(200_000)}1${']'.repeat(200)}`],
    ['a string that is long already', JSON.stringify('x'.repeat(500_000))],
  ])('JSON whose layout would be too long is not prettified: %s', (_, text) => {
    expect(prettyJson(text)).toEqual({ kind: 'too_long' });
  });

  it('unclosed brackets, however many, are not JSON', () => {
    expect(prettyJson('['.repeat(20_000))).toEqual({ kind: 'not_json' });
  });

  it('flat JSON is prettified up to the limit of its own length', () => {
    const values = Array.from({ length: 249_000 }, () => 1);
    expect(textOf(JSON.stringify(values)) === JSON.stringify(values, null, 2)).toBe(true);
  });
});

describe('bytes in hex', () => {
  it('each line of a hex dump has its offset first and its characters last', () => {
    expect(hexDump(bytesOf('<b>\n0123456789abcd', 'utf8')).split('\n')).toEqual([
      '00000000  3c 62 3e 0a 30 31 32 33 34 35 36 37 38 39 61 62  <b>.0123456789ab',
      '00000010  63 64                                            cd',
    ]);
  });

  it('bytes from base64 are dumped unchanged', () => {
    expect(hexDump(bytesOf('AP8Q', 'base64'))).toMatch(/^00000000 {2}00 ff 10 /);
  });

  it('a large hex dump is cut, and says how many bytes are left out', () => {
    const lines = hexDump(new Uint8Array(20_000)).split('\n');
    expect(lines).toHaveLength(1_025);
    expect(lines.at(-1)).toBe('… and 3616 bytes more');
  });
});
