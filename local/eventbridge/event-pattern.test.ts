import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, parsePattern, validatePattern } from './event-pattern.ts';
import { MAX_ENTRIES_BYTES } from './limits.ts';

/** Conditions on one field `f`, values of it that meet them and values that don't; `undefined` is a missing field. */
const CASES: Record<string, { conditions: unknown[]; matching: unknown[]; other: unknown[] }> = {
  'a plain value is compared exactly, with its type': {
    conditions: ['a', 1, true, null],
    matching: ['a', 1, 1.0, true, null, ['x', 'a']],
    other: ['A', '1', 2, false, 'null', undefined, {}, []],
  },
  prefix: { conditions: [{ prefix: 'ab' }], matching: ['ab', 'abc', ['x', 'abc']], other: ['Abc', 'ba', 1, undefined] },
  'prefix without case': {
    conditions: [{ prefix: { 'equals-ignore-case': 'aB' } }],
    matching: ['abc', 'ABC'],
    other: ['ba'],
  },
  suffix: { conditions: [{ suffix: '.png' }], matching: ['a.png', '.png'], other: ['a.PNG', 'png', undefined] },
  'suffix without case': {
    conditions: [{ suffix: { 'equals-ignore-case': '.PNG' } }],
    matching: ['a.png'],
    other: ['a.gif'],
  },
  'equals-ignore-case': {
    conditions: [{ 'equals-ignore-case': 'Abc' }],
    matching: ['aBC'],
    other: ['abcd', undefined],
  },
  'exists true means any scalar value, also null': {
    conditions: [{ exists: true }],
    matching: ['', 0, null, false, ['a']],
    other: [undefined, {}, { g: 1 }, []],
  },
  'exists false means no scalar value': {
    conditions: [{ exists: false }],
    matching: [undefined, {}],
    other: ['', null, 0],
  },
  'anything-but one value': {
    conditions: [{ 'anything-but': 'a' }],
    matching: ['b', 1, null],
    other: ['a', undefined],
  },
  'anything-but a list': { conditions: [{ 'anything-but': ['a', 1] }], matching: ['b', 2, '1'], other: ['a', 1] },
  'anything-but a prefix': {
    conditions: [{ 'anything-but': { prefix: 'ab' } }],
    matching: ['ba'],
    other: ['abc', undefined],
  },
  'anything-but suffixes': {
    conditions: [{ 'anything-but': { suffix: ['.a', '.b'] } }],
    matching: ['x.c'],
    other: ['x.b'],
  },
  'anything-but a wildcard': {
    conditions: [{ 'anything-but': { wildcard: '*/x/*' } }],
    matching: ['a/y/b'],
    other: ['a/x/b'],
  },
  'anything-but without case': {
    conditions: [{ 'anything-but': { 'equals-ignore-case': ['A', 'b'] } }],
    matching: ['c'],
    other: ['a', 'B'],
  },
  'numeric, one bound': {
    conditions: [{ numeric: ['<', 10] }],
    matching: [9.99, -1],
    other: [10, '9', undefined, null],
  },
  'numeric, equal': { conditions: [{ numeric: ['=', 300] }], matching: [300, 3e2], other: [301, '300'] },
  'numeric, range': { conditions: [{ numeric: ['>', 0, '<=', 5] }], matching: [0.1, 5], other: [0, 5.1] },
  wildcard: { conditions: [{ wildcard: 'a*c' }], matching: ['ac', 'abc', 'a\nc'], other: ['acd', 'xac', 'a'] },
  'wildcard with escapes': { conditions: [{ wildcard: 'a\\*b\\\\c' }], matching: ['a*b\\c'], other: ['axb\\c'] },
  'wildcard takes expression characters literally': {
    conditions: [{ wildcard: 'a.b+*' }],
    matching: ['a.b+c'],
    other: ['aab+c'],
  },
  'cidr, IPv4': { conditions: [{ cidr: '10.0.0.0/24' }], matching: ['10.0.0.255'], other: ['10.0.1.0', '::1', 'x', 1] },
  'cidr, IPv6': {
    conditions: [{ cidr: '2001:db8::/32' }],
    matching: ['2001:db8::1'],
    other: ['2001:db9::1', '10.0.0.1'],
  },
};

describe('matchesPattern', () => {
  for (const [name, { conditions, matching, other }] of Object.entries(CASES)) {
    it(`a pattern of one field: ${name}`, () => {
      validatePattern({ f: conditions });
      for (const value of matching)
        expect([value, matchesPattern({ f: conditions }, { f: value })]).toEqual([value, true]);
      for (const value of other)
        expect([value, matchesPattern({ f: conditions }, { f: value })]).toEqual([value, false]);
    });
  }

  it('every field of a pattern must match, and one of its conditions', () => {
    const pattern = { source: ['hawser'], detail: { status: ['dead', 'failed'], attempt: [{ numeric: ['>=', 3] }] } };
    expect(matchesPattern(pattern, { source: 'hawser', detail: { status: 'dead', attempt: 3 } })).toBe(true);
    expect(matchesPattern(pattern, { source: 'hawser', detail: { status: 'dead', attempt: 2 } })).toBe(false);
    expect(matchesPattern(pattern, { source: 'hawser' })).toBe(false);
  });

  it('conditions on an array of objects must hold for one and the same object', () => {
    const pattern = { items: { kind: ['a'], size: [1] } };
    expect(matchesPattern(pattern, { items: [{ kind: 'a', size: 1 }, { kind: 'b' }] })).toBe(true);
    expect(
      matchesPattern(pattern, {
        items: [
          { kind: 'a', size: 2 },
          { kind: 'b', size: 1 },
        ],
      }),
    ).toBe(false);
  });

  it('$or is a choice beside the other fields', () => {
    const pattern = { a: [1], $or: [{ b: [2] }, { c: { d: [3] } }] };
    expect(matchesPattern(pattern, { a: 1, b: 2 })).toBe(true);
    expect(matchesPattern(pattern, { a: 1, c: { d: 3 } })).toBe(true);
    expect(matchesPattern(pattern, { a: 1 })).toBe(false);
    expect(matchesPattern(pattern, { b: 2 })).toBe(false);
  });

  it('a field under a missing parent does not exist', () => {
    expect(matchesPattern({ a: { b: [{ exists: false }] } }, {})).toBe(true);
    expect(matchesPattern({ a: { b: [{ exists: true }] } }, {})).toBe(false);
  });

  it('inherited properties are not fields', () => {
    expect(matchesPattern({ constructor: [{ exists: true }] }, {})).toBe(false);
  });

  it('an event matches the pattern made of its own values', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), scalar, { minKeys: 1 }), (event) => {
        const pattern = Object.fromEntries(Object.entries(event).map(([name, value]) => [name, [value]]));
        fc.pre(!Object.hasOwn(pattern, '__proto__'));
        validatePattern(pattern);
        expect(matchesPattern(pattern, event)).toBe(true);
      }),
    );
  });

  it('anything-but is true exactly where the same operator is false', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (operand, value) => {
        for (const name of ['prefix', 'suffix', 'equals-ignore-case']) {
          const plain = matchesPattern({ f: [{ [name]: operand }] }, { f: value });
          expect(matchesPattern({ f: [{ 'anything-but': { [name]: operand } }] }, { f: value })).toBe(!plain);
        }
      }),
    );
  });

  it('a wildcard matches every text made by filling in its stars', () => {
    const literal = fc.string({ minLength: 1 }).filter((text) => !/[*\\]/.test(text));
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 5 }), fc.string(), (parts, filling) => {
        expect(matchesPattern({ f: [{ wildcard: parts.join('*') }] }, { f: parts.join(filling) })).toBe(true);
      }),
    );
  });

  it('a wildcard is equivalent to a regular expression with `.*` for each star', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    const wildcards = fc
      .string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 9 })
      .filter((w) => !w.includes('**'));
    fc.assert(
      fc.property(wildcards, short, (wildcard, text) => {
        const expected = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`).test(text);
        expect(matchesPattern({ f: [{ wildcard }] }, { f: text })).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a wildcard of many stars is fast on a long text that almost matches', () => {
    const pattern = { f: [{ wildcard: '*a*a*a*a*a*a*a*a*b' }] };
    // A regular expression would try more ways than there are nanoseconds in a year.
    expect(matchesPattern(pattern, { f: 'a'.repeat(3_000) })).toBe(false);
  });

  it('the time of a match grows with the text plus the wildcard, not with their product', () => {
    const half = 'a'.repeat(2_000);
    const begun = performance.now();
    expect(matchesPattern({ f: [{ wildcard: `*${half}b${half}*` }] }, { f: 'a'.repeat(MAX_ENTRIES_BYTES) })).toBe(
      false,
    );
    // It takes 30 ms. A search that starts from scratch at each place takes 3 s.
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('validatePattern', () => {
  const REFUSED: [pattern: unknown, reason: string][] = [
    ['x', 'Filter is not an object'],
    [[], 'Filter is not an object'],
    [{}, 'Empty objects are not allowed'],
    [{ a: {} }, 'Empty objects are not allowed'],
    [{ a: 1 }, '"a" must be an object or an array'],
    [{ a: [] }, 'Empty arrays are not allowed'],
    [{ a: [['b']] }, 'Match value must be String, number, true, false, or null'],
    [{ a: [{ EXISTS: true }] }, 'Unrecognized match type EXISTS'],
    [{ a: [{ constructor: 1 }] }, 'Unrecognized match type constructor'],
    [{ a: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
    [{ a: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
    [{ a: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
    [{ a: [{ suffix: ['x'] }] }, 'suffix match pattern must be a string'],
    [{ a: [{ 'equals-ignore-case': {} }] }, 'equals-ignore-case match pattern must be a string'],
    [{ a: [{ wildcard: 1 }] }, 'wildcard match pattern must be a string'],
    [{ a: [{ wildcard: 'ab**' }] }, 'Consecutive wildcard characters at pos 3'],
    [{ a: [{ numeric: 10 }] }, 'Value of numeric must be an array.'],
    [{ a: [{ numeric: ['~', 1] }] }, 'Unrecognized numeric range operator: ~'],
    [{ a: [{ numeric: ['>', 0, '<'] }] }, 'Value of < must be numeric'],
    [{ a: [{ numeric: ['>', 0, '>', 1] }] }, 'Bad numeric range operator: >'],
    [{ a: [{ numeric: ['>', 5, '<', 1] }] }, 'Bottom must be less than top'],
    [{ a: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
    [{ a: [{ cidr: '10.0.0.0/x' }] }, 'Malformed CIDR, mask bits must be an integer'],
    [{ a: [{ cidr: 'xx.11/8' }] }, 'Nonstandard IP address: xx.11'],
    [{ a: [{ 'anything-but': null }] }, 'Value of anything-but must be an array or single string/number value.'],
    [{ a: [{ 'anything-but': ['a', null] }] }, 'Inside anything but list, start|null|boolean is not supported.'],
    [{ a: [{ 'anything-but': { numeric: ['<', 1] } }] }, 'Unsupported anything-but pattern: numeric'],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ a: [{ 'anything-but': { suffix: [1] } }] }, 'prefix/suffix match pattern must be a string'],
    [
      { a: [{ 'anything-but': { 'equals-ignore-case': 1 } }] },
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    ],
    [{ $or: [{ a: ['b'] }, { a: 1 }] }, '"a" must be an object or an array'],
  ];

  for (const [pattern, reason] of REFUSED) {
    it(`the pattern ${JSON.stringify(pattern)} is refused`, () => {
      expect(() => validatePattern(pattern)).toThrow(`Event pattern is not valid. Reason: ${reason}`);
    });
  }

  it('a pattern that is not JSON is refused', () => {
    expect(() => parsePattern('{')).toThrow('Event pattern is not valid. Reason: Filter is not valid JSON');
  });

  it('the filter of a stream mapping is accepted', () => {
    expect(parsePattern('{"eventName":["INSERT"]}')).toEqual({ eventName: ['INSERT'] });
  });
});
