import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRounded, parseExactJson } from './exact-json.ts';

/** The reference implementation, by a reviver, which is slow. */
function byReviver(text: string): unknown {
  return JSON.parse(text, (_: string, value: unknown, { source = '' }: { source?: string } = {}) => {
    if (!isRounded(value)) return value;
    return BigInt(/^-?\d+$/.test(source) ? source : value);
  });
}

/** Numbers as senders write them. */
const number = fc.oneof(
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
  fc.bigInt({ min: 2n ** 53n - 9n, max: 2n ** 53n + 9n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '1e20',
    '-1E+22',
    '12345678901234567890.0',
    '0.12345678901234567890',
    '-0',
    '9'.repeat(309),
    '9'.repeat(310),
  ),
);
const string = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('12345678901234567890', '"12345678901234567890', '\\', '\\"', '__proto__'),
);
const text: fc.Arbitrary<string> = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    number,
    string.map((value) => JSON.stringify(value)),
    fc.constantFrom('true', 'null', ' [ ] ', '{}'),
    fc.array(tie('json'), { maxLength: 4 }).map((all) => `[${all.join(' ,')}]`),
    fc
      .array(fc.tuple(string, tie('json')), { maxLength: 4 })
      .map((all) => `{${all.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(',')}}`),
  ),
})).json;

describe('JSON with exact integers', () => {
  it('exact JSON equals the result of JSON.parse except for rounded integers', () => {
    fc.assert(
      fc.property(text, (json) => {
        expect(parseExactJson(json)).toStrictEqual(byReviver(json));
      }),
    );
  });

  it('text that JSON.parse refuses is refused', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom('', '"', '\\', '0', 'x', '12345678901234567890'), (json, at, by) => {
        const index = at % (json.length + 1);
        const broken = json.slice(0, index) + by + json.slice(index + 1);
        let isJson = true;
        try {
          JSON.parse(broken);
        } catch {
          isJson = false;
        }
        if (isJson) expect(parseExactJson(broken)).toStrictEqual(byReviver(broken));
        else expect(() => parseExactJson(broken)).toThrow(SyntaxError);
      }),
    );
  });

  it.each(['{12345678901234567:1}', '{"a":00000000000000001}', '[-00000000000000000001]', '0000000000000000000'])(
    '%s is not JSON',
    (json) => {
      expect(() => parseExactJson(json)).toThrow(SyntaxError);
    },
  );

  it.each([
    ['one string', `["${'a'.repeat(1_000_000)}",12345678901234567890]`],
    ['escapes', `["${'\\"'.repeat(500_000)}",12345678901234567890]`],
    ['containers', `[${'{},'.repeat(300_000)}12345678901234567890]`],
    ['depth', `${'['.repeat(5_000)}12345678901234567890${']'.repeat(5_000)}`],
  ])('long JSON is parsed: %s', (_, json) => {
    let value = parseExactJson(json);
    while (Array.isArray(value)) value = value.at(-1);
    expect(value).toBe(12345678901234567890n);
  });

  it('a long unterminated string is refused', () => {
    expect(() => parseExactJson(`"${'\\"'.repeat(500_000)}`)).toThrow(SyntaxError);
  });
});
