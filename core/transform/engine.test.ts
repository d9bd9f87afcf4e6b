import { describe, expect, it } from 'vitest';
import { engine, evaluate, eventWith, failureOf, resultOf, run } from './transform.fixture.ts';

describe('a transform', () => {
  it('a transform receives the event and the variables, and returns what is sent', async () => {
    const code = `function transform(event, variables) {
      return { method: 'PUT', path: '/' + event.json.ref, query: 'a=1', headers: { 'x-team': variables.team }, body: event.json };
    }`;
    expect(await resultOf(code, eventWith({ body: '{"ref":"main"}' }), { team: 'blue' })).toEqual({
      method: 'PUT',
      path: '/main',
      query: 'a=1',
      headers: { 'x-team': 'blue' },
      body: { ref: 'main' },
    });
  });

  it('a transform receives the event unchanged', async () => {
    const event = eventWith({ type: 'push', body: 'naïve 🚢 \u0000 \\u0000 "text"', headers: { 'x-a': '1, 2' } });
    expect(await evaluate('event', event)).toEqual(event);
  });

  it.each([
    'function transform() { return {}; }',
    'const transform = () => ({})',
    'var transform = class { static m() {} }.m',
  ])('any function of that name is a transform: %s', async (code) => {
    expect(await engine.check(code)).toBeUndefined();
  });

  it('a transform that returns null sends nothing', async () => {
    expect(await run('const transform = () => null')).toEqual({ kind: 'dropped', logs: [] });
  });

  it('a transform that returns {} sends the webhook as it came', async () => {
    expect(await resultOf('const transform = () => ({})')).toEqual({});
  });
});

describe('the body’s JSON', () => {
  const jsonOf = (body: string, more = {}) => evaluate('[typeof event.json, event.json]', eventWith({ body, ...more }));

  it.each(['{"a":[1,{"b":null}]}', '[]', 'null', ' "text" ', '12', 'true'])(
    'event.json is the parsed body of %s',
    async (body) => {
      expect(await jsonOf(body)).toEqual([expect.not.stringMatching('undefined'), JSON.parse(body)]);
    },
  );

  it.each(['', '{"a":1', 'a=1', '{a:1}', '\u0000'])('event.json is undefined for the body %j', async (body) => {
    expect(await jsonOf(body)).toEqual(['undefined', null]);
  });

  it('event.json is undefined for a body in base64', async () => {
    expect(await jsonOf('1234', { body_encoding: 'base64' })).toEqual(['undefined', null]);
  });

  it('event.json is undefined if brackets are nested more than 500 deep', async () => {
    const nested = (depth: number) => `${'[{"[":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(await evaluate('typeof event.json', eventWith({ body: nested(500) }))).toBe('object');
    expect(await evaluate('event.json', eventWith({ body: nested(500) }))).toEqual(JSON.parse(nested(500)));
    expect(await evaluate('typeof event.json', eventWith({ body: nested(502) }))).toBe('undefined');
  });

  it('brackets within strings do not count as nesting', async () => {
    expect(await jsonOf(JSON.stringify({ text: '"[\\'.repeat(1_000) }))).toEqual([
      'object',
      { text: '"[\\'.repeat(1_000) },
    ]);
  });

  it('event.json can be changed and replaced like any field', async () => {
    const event = eventWith({ body: '{"a":1}' });
    expect(await evaluate('(event.json.b = 2, event.json)', event)).toEqual({ a: 1, b: 2 });
    expect(await evaluate('(event.json = [3], { ...event }.json)', event)).toEqual([3]);
    expect(await evaluate('Object.keys(event).includes("json")', event)).toBe(true);
  });

  it('integers beyond 2^53 are rounded in event.json and exact in the body', async () => {
    const event = eventWith({ body: '{"id":12345678901234567890}' });
    expect(await evaluate('[event.json.id === 12345678901234567000, event.body]', event)).toEqual([true, event.body]);
  });
});

describe('the console of a transform', () => {
  const logsOf = async (code: string) => (await run(`function transform() { ${code}; return {}; }`)).logs;

  it('console output is kept readable, with its level', async () => {
    const code = `
      console.log('a', 1, true, null, undefined, 2n);
      console.info({ a: [1, { b: 'c' }] });
      console.warn(new TypeError('no'));
      console.error(Symbol('s'), () => 1);
      console.debug();`;
    expect(await logsOf(code)).toEqual([
      { level: 'log', message: 'a 1 true null undefined 2' },
      { level: 'info', message: '{"a":[1,{"b":"c"}]}' },
      { level: 'warn', message: 'TypeError: no' },
      { level: 'error', message: 'Symbol(s) [function]' },
      { level: 'debug', message: '' },
    ]);
  });

  it('console output that can’t be formatted does no harm', async () => {
    expect(await logsOf('const a = {}; a.a = a; console.log(a, { toJSON() { throw 1; } })')).toEqual([
      { level: 'log', message: '[object that has no JSON] [object that has no JSON]' },
    ]);
  });

  it('console output of the top level and of a program that fails is kept', async () => {
    const { logs } = await run('console.log("a"); function transform() { console.log("b"); throw new Error("no"); }');
    expect(logs.map(({ message }) => message)).toEqual(['a', 'b']);
  });

  it('console output of a program that exceeds time or memory is kept', async () => {
    expect((await run('console.log("a"); for (;;);')).logs).toHaveLength(1);
    expect((await run('console.log("a"); let a = []; for (;;) a = [a];')).logs).toHaveLength(1);
  });

  it('at most 50 lines of console output are kept', async () => {
    const logs = await logsOf('for (let i = 0; i < 100000; i++) console.log(i)');
    expect(logs).toHaveLength(51);
    expect(logs[49]?.message).toBe('49');
    expect(logs[50]).toEqual({ level: 'warn', message: 'only the first 50 lines are kept' });
  });

  it('at most 1,000 characters per line of console output are kept', async () => {
    expect(await logsOf('console.log("x".repeat(1000)); console.log("y", "x".repeat(1e6), "z")')).toEqual([
      { level: 'log', message: 'x'.repeat(1_000) },
      { level: 'log', message: `y ${'x'.repeat(997)}…` },
    ]);
  });
});

describe('a check of a program', () => {
  it('a program that defines transform passes the check', async () => {
    expect(await engine.check('function transform(event) { return event.no.such; }')).toBeUndefined();
  });

  it.each([
    ['let a = 1;\nlet b = ;', { message: "SyntaxError: unexpected token in expression: ';'", line: 2 }],
    ['\n\nundefined.a', { message: "TypeError: cannot read property 'a' of undefined", line: 3 }],
    ['const a = 1', { message: 'defines no function transform(event, variables)', line: undefined }],
    ['const transform = 1', { message: 'defines no function transform(event, variables)', line: undefined }],
    [
      'function transform() {}\nlet n = [].length;\nfor (;;) n++;',
      { message: expect.stringMatching('takes too long'), line: 2 },
    ],
    ['let a = [].concat(); for (;;) a.push({});', { message: expect.stringMatching('needs more memory'), line: 1 }],
  ])('the check of %j finds a problem', async (code, problem) => {
    expect(await engine.check(code)).toEqual(problem);
  });
});

it('a failure names the line in the program’s own text', async () => {
  expect(
    await failureOf('function transform(event) {\n  return event.json.a.b;\n}', eventWith({ body: '{}' })),
  ).toEqual({
    message: "TypeError: cannot read property 'b' of undefined",
    line: 2,
  });
});
