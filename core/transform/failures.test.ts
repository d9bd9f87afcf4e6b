import { describe, expect, it } from 'vitest';
import { failureOf } from './transform.fixture.ts';

describe('the message and line of a failed program', () => {
  it.each([
    ['a syntax error', 'function transform() {\n  return {;\n}', 'SyntaxError: ', 2],
    ['an import', 'import fs from "node:fs";', 'SyntaxError: ', 1],
    ['an export', '\nexport function transform() {}', 'SyntaxError: ', 2],
    ['an error at the top level', '\nnull.x;', "TypeError: cannot read property 'x' of null", 2],
    [
      'an error that it throws',
      'function transform() {\n\n  throw new RangeError("no such team");\n}',
      'RangeError: no such team',
      3,
    ],
    [
      'an error of its own class',
      'class Odd extends Error { name = "Odd" }\nfunction transform() {\n  throw new Odd("x");\n}',
      'Odd: x',
      3,
    ],
    [
      'an error in a helper',
      'function help(a) {\n  return a.b.c;\n}\nfunction transform() {\n  return help({});\n}',
      'TypeError: ',
      2,
    ],
    ['an error in a callback', 'function transform() {\n  return [1].map((a) =>\n    a.b.c);\n}', 'TypeError: ', 3],
    [
      'what the language throws',
      'function transform() {\n  return\n  JSON.parse("{");\n}\ntransform = () => {\n  JSON.parse("{");\n}',
      'SyntaxError: ',
      6,
    ],
    [
      'what is not there',
      'function transform() {\n  return fetch("/");\n}',
      "ReferenceError: 'fetch' is not defined",
      2,
    ],
    ['an error of evaluated text', 'function transform() {\n  return eval("\\n\\n\\n\\nnull.x");\n}', 'TypeError: ', 2],
  ])('a failure has its message and line: %s', async (_, code, message, line) => {
    expect(await failureOf(code)).toEqual({ message: expect.stringContaining(message), line });
  });

  it.each([
    ['"a text"', 'threw a text'],
    ['12', 'threw 12'],
    ['null', 'threw null'],
    ['undefined', 'threw undefined'],
    ['{ status: 1 }', 'threw {"status":1}'],
    ['Symbol("s")', 'threw Symbol(s)'],
    ['() => 1', 'threw [function]'],
  ])('a thrown value that is not an error is described without a line: %s', async (thrown, message) => {
    expect(await failureOf(`function transform() { throw ${thrown}; }`)).toEqual({ message });
  });

  it.each([
    ['new Error("x".repeat(1e6))', `Error: ${'x'.repeat(992)}…`],
    ['Object.assign(new Error("a"), { name: "n".repeat(1e6) })', `${'n'.repeat(999)}…`],
    ['"x".repeat(1e6)', `threw ${'x'.repeat(993)}…`],
    ['new Error("a\\0b")', 'Error: a\uFFFDb'],
    ['new Error("")', 'Error'],
    ['Object.assign(new Error("a"), { stack: "at transform.js:99" })', 'Error: a'],
    ['Object.assign(new Error("a"), { stack: {}, message: { toString: () => "m" } })', 'Error: m'],
    ['Object.assign(new Error("a"), { name: "" })', 'Error: a'],
    [
      'Object.defineProperty(new Error("a"), "message", { get() { throw 1; } })',
      'threw something that cannot be shown',
    ],
    ['Object.defineProperty(new Error("a"), "stack", { get() { for (;;); } })', 'threw something that cannot be shown'],
    ['{ toJSON() { throw 1; } }', 'threw [object that has no JSON]'],
    ['new Proxy({}, { getPrototypeOf() { throw 1; } })', 'threw something that cannot be shown'],
  ])('any thrown value is described briefly: %s', async (thrown, message) => {
    expect(await failureOf(`function transform() { throw ${thrown}; }`)).toMatchObject({ message });
  });

  it('a line beyond the program’s text is not reported', async () => {
    const code = 'function transform() { throw Object.assign(new Error("a"), { stack: "at transform.js:99" }); }';
    expect(await failureOf(code)).toEqual({ message: 'Error: a' });
  });
});

describe('a transform that returns an invalid result', () => {
  it.each(['return;', '', 'return () => 1;', 'return Symbol();', 'return { toJSON() {} };'])(
    'returning nothing fails with an explanation: %s',
    async (code) => {
      expect(await failureOf(`function transform() { ${code} }`)).toEqual({
        message: 'returned nothing; return {} to send the webhook as it came, or null to send nothing',
      });
    },
  );

  it.each([
    'async function transform() { return {}; }',
    'const transform = () => Promise.resolve({})',
    'const transform = () => import("fs")',
    'const transform = () => ({ then() {} })',
  ])('returning a promise fails with an explanation: %s', async (code) => {
    expect(await failureOf(code)).toEqual({
      message: 'transform must return its result directly, not a promise',
    });
  });

  it('returning a value that has no JSON fails', async () => {
    expect(await failureOf('const transform = () => { const a = {}; a.a = a; return a; }')).toMatchObject({
      message: 'TypeError: circular reference',
    });
    expect(await failureOf('const transform = () => ({ body: 1n })')).toMatchObject({
      message: expect.stringContaining('TypeError: '),
    });
  });
});
