import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine, evaluate, eventWith, failureOf, resultOf, run } from './transform.fixture.ts';

describe('a run leaves nothing for the next', () => {
  it('a run leaves no globals, changed prototypes or counters behind', async () => {
    const code = `
      globalThis.runs = (globalThis.runs ?? 0) + 1;
      Array.prototype.runs = ([].runs ?? 0) + 1;
      JSON.runs = (JSON.runs ?? 0) + 1;
      var again = typeof again === 'undefined' ? 1 : 2;
      const transform = () => ({ body: [runs, [].runs, JSON.runs, again] });`;
    for (let i = 0; i < 3; i++) expect(await resultOf(code)).toEqual({ body: [1, 1, 1, 1] });
  });

  it('a run leaves nothing in memory: unwritten memory is zero', async () => {
    await run('const a = []; for (;;) a.push("secret".repeat(1000) + a.length); const transform = () => null;');
    const code = `function transform() {
      const numbers = new Uint8Array(2 ** 24);
      for (let i = 0; i < numbers.length; i += 4096) if (numbers[i] !== 0) throw new Error('there is something at ' + i);
      return {};
    }`;
    expect(await resultOf(code)).toEqual({});
  });

  it("overlapping runs do not see each other's globals", async () => {
    const codes = Array.from(
      { length: 20 },
      (_, i) => `globalThis.own ??= ${i}; const transform = () => ({ body: own })`,
    );
    expect(await Promise.all(codes.map((code) => resultOf(code)))).toEqual(codes.map((_, body) => ({ body })));
  });
});

describe('a program has nothing but the language', () => {
  it.each([
    'require',
    'process',
    'module',
    'fetch',
    'setTimeout',
    'setInterval',
    'queueMicrotask',
    'setImmediate',
    'performance',
    'crypto',
    'Buffer',
    'WebAssembly',
    'Worker',
    'XMLHttpRequest',
    'std',
    'os',
    'print',
    'Atomics',
    'structuredClone',
    'global',
    'window',
    'self',
    'navigator',
    'Deno',
    'Bun',
  ])('a program has no %s', async (name) => {
    expect(await evaluate(`typeof ${name}`)).toBe('undefined');
  });

  it('a program has only the globals of the language, and console', async () => {
    const { body } = await resultOf('const transform = () => ({ body: Object.getOwnPropertyNames(globalThis) })');
    const language = new Set([...Object.getOwnPropertyNames(globalThis), 'InternalError', 'transform']);
    expect((body as string[]).filter((name) => !language.has(name))).toEqual([]);
  });

  it('evaluated text is no way out of the sandbox', async () => {
    expect(await evaluate('Function("return typeof process + typeof require")()')).toBe('undefinedundefined');
    expect(await evaluate('(0, eval)("typeof globalThis.process")')).toBe('undefined');
    expect(await evaluate('console.log.constructor("return typeof process")()')).toBe('undefined');
  });

  it('a program cannot import modules', async () => {
    expect(await failureOf('import "node:fs";')).toMatchObject({ message: expect.stringContaining('SyntaxError') });
    expect(
      await evaluate('(() => { try { import("node:fs"); } catch (e) { return e.name; } return "nothing"; })()'),
    ).toBe('nothing');
  });

  it('nothing runs after a program has returned', async () => {
    const { logs } = await run(
      'const transform = () => { Promise.resolve().then(() => console.log("later")); return {}; }',
    );
    expect(logs).toEqual([]);
  });
});

describe('the time in a program', () => {
  const zone = process.env.TZ;
  // Far from UTC, and with summer time. The thread uses the time zone of its process.
  beforeAll(() => {
    process.env.TZ = 'America/New_York';
  });
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const event = eventWith({ created_at: '2026-07-22T03:23:00.445Z' });

  it('now is when the event was created', async () => {
    expect(new Date(0).getTimezoneOffset()).toBe(300);
    expect(await evaluate('[Date.now(), new Date(), Date()]', event)).toEqual([
      Date.parse(event.created_at),
      event.created_at,
      'Wed Jul 22 2026 03:23:00 GMT+0000',
    ]);
  });

  it('now does not advance during a run', async () => {
    expect(
      await evaluate('(() => { const a = Date.now(); for (let i = 0; i < 1e6; i++); return Date.now() - a; })()'),
    ).toBe(0);
  });

  it('local time is UTC, in summer and in winter', async () => {
    expect(await evaluate('[new Date(2026, 6, 1), new Date(2026, 0, 1), new Date("2026-07-01T00:00:00")]')).toEqual([
      '2026-07-01T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
      '2026-07-01T00:00:00.000Z',
    ]);
    expect(await evaluate('[new Date(2026, 6, 1).getHours(), new Date().getTimezoneOffset()]')).toEqual([0, 0]);
  });

  it('now is 1970 during a check', async () => {
    expect(await engine.check('if (Date.now() !== 0) throw 1; function transform() {}')).toBeUndefined();
  });
});

describe('random numbers in a program', () => {
  const draw = '[Math.random(), Math.random(), Math.random()]';

  it('random numbers are the same for the same event, and different for others', async () => {
    const [one, again, other] = await Promise.all(
      ['evt_a', 'evt_a', 'evt_b'].map((id) => evaluate(draw, eventWith({ id }))),
    );
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
  });

  it('random numbers are evenly distributed from 0 to 1', async () => {
    const counts =
      'Array.from({ length: 1e4 }, () => Math.floor(Math.random() * 10)).reduce((n, i) => (n[i]++, n), Array(10).fill(0))';
    const tenths = (await evaluate(counts)) as number[];
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('random numbers select an even sample of the events', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `evt_${i}`);
    const code = 'const transform = () => (Math.random() < 0.5 ? null : {})';
    const outcomes = await Promise.all(ids.map((id) => run(code, eventWith({ id }))));
    const dropped = outcomes.filter(({ kind }) => kind === 'dropped').length;
    expect(dropped).toBeGreaterThan(100);
    expect(dropped).toBeLessThan(200);
  });
});

describe('a program that changes built-ins', () => {
  it.each([
    'JSON.stringify = () => "{\\"body\\":2}"; JSON.parse = () => 2;',
    'String.prototype.slice = String.prototype.replaceAll = () => 2; String = () => "2";',
    'Object.defineProperty = () => { throw 2; };',
    'Object.prototype.get = () => 2; Object.prototype.set = () => 2;',
    'Function.prototype.call = Function.prototype.bind = Function.prototype.apply = () => 2;',
    'Array.prototype[Symbol.iterator] = () => { throw 2; };',
    'Error = SyntaxError = function () {};',
    'Object.freeze(globalThis);',
  ])('a changed built-in affects only the program itself: %s', async (change) => {
    const code = `${change}; function transform(event) { console.log('x'); return { body: event.json.a }; }`;
    expect(await run(code, eventWith({ body: '{"a":1}' }))).toEqual({
      kind: 'transformed',
      result: { body: 1 },
      logs: [{ level: 'log', message: 'x' }],
    });
    expect(await failureOf(`${change}; function transform() { null.x; }`)).toEqual({
      message: "TypeError: cannot read property 'x' of null",
      line: 1,
    });
  });
});
