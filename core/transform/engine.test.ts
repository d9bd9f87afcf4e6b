import { describe, expect, it } from 'vitest';
import { engine, evaluate, eventWith, failureOf, resultOf, run } from './transform.fixture.ts';

describe('a transform', () => {
  it('is given the event and the variables, and says what is sent', async () => {
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

  it('is given the event as it is', async () => {
    const event = eventWith({ type: 'push', body: 'naïve 🚢 \u0000 \\u0000 "text"', headers: { 'x-a': '1, 2' } });
    expect(await evaluate('event', event)).toEqual(event);
  });

  it.each([
    'function transform() { return {}; }',
    'const transform = () => ({})',
    'var transform = class { static m() {} }.m',
  ])('is any function of that name: %s', async (code) => {
    expect(await engine.check(code)).toBeUndefined();
  });

  it('may send nothing', async () => {
    expect(await run('const transform = () => null')).toEqual({ kind: 'dropped', logs: [] });
  });

  it('may send the webhook as it came', async () => {
    expect(await resultOf('const transform = () => ({})')).toEqual({});
  });
});

describe('the body’s JSON', () => {
  const jsonOf = (body: string, more = {}) => evaluate('[typeof event.json, event.json]', eventWith({ body, ...more }));

  it.each(['{"a":[1,{"b":null}]}', '[]', 'null', ' "text" ', '12', 'true'])('is event.json of %s', async (body) => {
    expect(await jsonOf(body)).toEqual([expect.not.stringMatching('undefined'), JSON.parse(body)]);
  });

  it.each(['', '{"a":1', 'a=1', '{a:1}', '\u0000'])('is absent of %j', async (body) => {
    expect(await jsonOf(body)).toEqual(['undefined', null]);
  });

  it('is absent of base64', async () => {
    expect(await jsonOf('1234', { body_encoding: 'base64' })).toEqual(['undefined', null]);
  });

  it('is absent where brackets are nested more than 500 deep, and given up to there', async () => {
    const nested = (depth: number) => `${'[{"[":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(await evaluate('typeof event.json', eventWith({ body: nested(500) }))).toBe('object');
    expect(await evaluate('event.json', eventWith({ body: nested(500) }))).toEqual(JSON.parse(nested(500)));
    expect(await evaluate('typeof event.json', eventWith({ body: nested(502) }))).toBe('undefined');
  });

  it('counts no brackets within texts', async () => {
    expect(await jsonOf(JSON.stringify({ text: '"[\\'.repeat(1_000) }))).toEqual([
      'object',
      { text: '"[\\'.repeat(1_000) },
    ]);
  });

  it('may be changed, and replaced, as any field', async () => {
    const event = eventWith({ body: '{"a":1}' });
    expect(await evaluate('(event.json.b = 2, event.json)', event)).toEqual({ a: 1, b: 2 });
    expect(await evaluate('(event.json = [3], { ...event }.json)', event)).toEqual([3]);
    expect(await evaluate('Object.keys(event).includes("json")', event)).toBe(true);
  });

  it('has integers beyond 2^53 rounded; the body has them exactly', async () => {
    const event = eventWith({ body: '{"id":12345678901234567890}' });
    expect(await evaluate('[event.json.id === 12345678901234567000, event.body]', event)).toEqual([true, event.body]);
  });
});

describe('what it writes to the console', () => {
  const logsOf = async (code: string) => (await run(`function transform() { ${code}; return {}; }`)).logs;

  it('is kept, with its level, as a person would read it', async () => {
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

  it('does no harm where it can’t be shown', async () => {
    expect(await logsOf('const a = {}; a.a = a; console.log(a, { toJSON() { throw 1; } })')).toEqual([
      { level: 'log', message: '[object that has no JSON] [object that has no JSON]' },
    ]);
  });

  it('is kept of a program that fails, and of the top level', async () => {
    const { logs } = await run('console.log("a"); function transform() { console.log("b"); throw new Error("no"); }');
    expect(logs.map(({ message }) => message)).toEqual(['a', 'b']);
  });

  it('is kept of a program that takes too long, and of one that takes too much', async () => {
    expect((await run('console.log("a"); for (;;);')).logs).toHaveLength(1);
    expect((await run('console.log("a"); let a = []; for (;;) a = [a];')).logs).toHaveLength(1);
  });

  it('is kept up to 50 lines', async () => {
    const logs = await logsOf('for (let i = 0; i < 100000; i++) console.log(i)');
    expect(logs).toHaveLength(51);
    expect(logs[49]?.message).toBe('49');
    expect(logs[50]).toEqual({ level: 'warn', message: 'only the first 50 lines are kept' });
  });

  it('is kept up to 1,000 characters a line', async () => {
    expect(await logsOf('console.log("x".repeat(1000)); console.log("y", "x".repeat(1e6), "z")')).toEqual([
      { level: 'log', message: 'x'.repeat(1_000) },
      { level: 'log', message: `y ${'x'.repeat(997)}…` },
    ]);
  });
});

describe('a program that is looked at', () => {
  it('is well where it defines transform', async () => {
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
  ])('has a problem: %j', async (code, problem) => {
    expect(await engine.check(code)).toEqual(problem);
  });
});

it('fails with the line of its own text', async () => {
  expect(
    await failureOf('function transform(event) {\n  return event.json.a.b;\n}', eventWith({ body: '{}' })),
  ).toEqual({
    message: "TypeError: cannot read property 'b' of undefined",
    line: 2,
  });
});
