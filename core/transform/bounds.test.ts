import { describe, expect, it } from 'vitest';
import { newTransformEngine } from './engine.ts';
import { engine, eventWith, failureOf, resultOf, run } from './transform.fixture.ts';

const tooLong = /^takes too long: a run may take 5 million steps/;
const tooMuch = /^needs more memory than the 64 MiB/;
const tooDeep = /^goes too deep/;

/** Function bodies, with the message of each failure. */
const hostile: Readonly<Record<string, RegExp>> = {
  'for (;;);': tooLong,
  'const f = () => {}; for (;;) f();': tooLong,
  'for (;;) { try { for (;;); } catch {} finally { for (;;); } }': tooLong,
  'Array.from({ length: 1e4 }, (_, i) => i).sort(() => { for (;;); });': tooLong,
  'for (const n of (function* () { for (;;) yield 1; })());': tooLong,
  'return { get body() { for (;;); } };': tooLong,
  'return { body: { toJSON() { for (;;); } } };': tooLong,
  'return { body: new Proxy({}, { ownKeys() { for (;;); } }) };': tooLong,
  'throw { toJSON() { for (;;); } };': /cannot be shown/,
  '/(a+)+$/.test("a".repeat(50) + "b");': tooLong,
  '/^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(60));': tooLong,
  '"a".repeat(50).replace(/(a|aa)+$/g, "");  /(a|aa)+b/.test("a".repeat(60));': tooLong,
  '/(?:a|b)*c/.test("ab".repeat(5e6));': tooMuch,
  'const a = []; for (;;) a.push({});': tooMuch,
  'let a = []; for (;;) a = [a];': tooMuch,
  'const a = []; for (;;) a.push(() => 1);': tooMuch,
  'const a = {}; for (let i = 0; ; i++) a["k" + i] = i;': tooMuch,
  'const m = new Map(); for (let i = 0; ; i++) m.set(i, i);': tooMuch,
  'const a = []; for (;;) a.push("x".repeat(1e5) + a.length);': tooMuch,
  'globalThis.a = []; for (;;) a.push([]);': tooMuch,
  'globalThis.a = []; const f = () => { try { for (;;) a.push([]); } catch { f(); } }; f();': tooMuch,
  'globalThis.a = []; try { for (;;) a.push([]); } catch {} a = []; return {};': tooMuch,
  'try { "x".repeat(1e8); } catch {} return {};': tooMuch,
  'let p = {}; for (;;) p = Object.create(p);': tooMuch,
  'Array.from({ length: 1e9 });': tooMuch,
  'new Array(1e9).fill(1);': tooMuch,
  '"x".repeat(1e9);': tooMuch,
  'new Uint8Array(2 ** 30);': tooMuch,
  '"x".padStart(2 ** 30);': /RangeError: invalid string length/,
  'new ArrayBuffer(2 ** 40);': /RangeError: invalid array buffer length/,
  'let s = "x"; for (;;) s += s;': /InternalError: string too long|needs more memory/,
  'let x = 3n; for (;;) x = x * x;': /RangeError: BigInt is too large/,
  'BigInt("9".repeat(3e6));': /RangeError: BigInt is too large/,
  '2n ** (2n ** 40n);': /RangeError: BigInt is too large/,
  'Math.max(...new Array(1e6));': /RangeError: too many arguments/,
  'const f = () => f() + 1; f();': tooDeep,
  'const o = { get a() { return this.a; } }; o.a;': tooDeep,
  'const p = new Proxy({}, { get: (_, key, self) => self[key] }); p.x;': tooDeep,
  'const a = []; a[0] = a; a.flat(Infinity);': tooDeep,
  'const g = () => [1].map(g); g();': tooDeep,
  'const o = { toJSON: () => JSON.stringify(o) }; JSON.stringify(o);': tooDeep,
  'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x;': tooDeep,
  'const g = () => "a".replace(/a/g, g); g();': tooDeep,
  'JSON.parse("[".repeat(1e6));': tooDeep,
  'JSON.parse("[".repeat(1e5) + "]".repeat(1e5));': tooDeep,
  'JSON.parse(\'{"a":\'.repeat(1e5));': tooDeep,
  'new RegExp("(?=".repeat(3e4) + ")".repeat(3e4));': tooDeep,
  'eval("[".repeat(1e5));': tooDeep,
  'eval("(".repeat(1e5));': tooDeep,
  'eval("{".repeat(1e5));': tooDeep,
  'eval("`${".repeat(1e5));': tooDeep,
  'eval("-".repeat(1e6) + "1");': tooDeep,
  'Function("a=>".repeat(1e5) + "1");': tooDeep,
};

describe('a program that exceeds a limit', () => {
  it.each(Object.entries(hostile))(
    'a program that exceeds a limit is stopped, and the next one runs: %s',
    async (body, message) => {
      expect(await failureOf(`function transform() { ${body} }`)).toMatchObject({
        message: expect.stringMatching(message),
      });
      expect(await resultOf('const transform = () => ({ body: 1 })')).toEqual({ body: 1 });
    },
  );

  it('a program is stopped at the top level, too, even if it catches the error', async () => {
    const code = 'try { "x".repeat(1e8); } catch {} function transform() {}';
    expect(await engine.check(code)).toMatchObject({ message: expect.stringMatching(tooMuch) });
  });

  it('a program is stopped wherever memory runs out: in the program, in its JSON, or on the way out', async () => {
    const outcomes = new Set<string>();
    for (let kept = 25_000_000; kept < 45_000_000; kept += 2_500_000) {
      const code = `const kept = new Uint8Array(${kept}); const transform = () => ({ body: 'é'.repeat(5e6) })`;
      const outcome = await run(code);
      outcomes.add(outcome.kind === 'failed' ? outcome.message : outcome.kind);
    }
    expect([...outcomes]).toEqual(['transformed', expect.stringMatching(tooMuch)]);
  });

  it('a program is stopped at the same place each time', async () => {
    const counting = 'let i = 0; const transform = () => { try { for (;;) i++; } finally { console.log(i); } }';
    const filling =
      'let i = 0; const transform = () => { const a = []; try { for (;; i++) a.push({ i }); } catch { console.log(i); throw 1; } }';
    for (const code of [counting, filling]) expect(await run(code)).toEqual(await run(code));
  });
});

/** Work that QuickJS does without calling its interrupt handler. */
const endless = [
  'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);',
  'Array.prototype.reverse.call({ length: 2 ** 53 - 1 });',
  'for (const s = "x".repeat(1e7); ; ) s.indexOf("y");',
  // Quadratic: each level is compared with all levels above it.
  'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a);',
];

describe('a program that only the hard timeout stops', () => {
  it.each(endless)('the thread of a stuck program is terminated, and the next one runs: %s', async (body) => {
    const impatient = newTransformEngine({ hardTimeoutMs: 750 });
    const outcome = await impatient.run(`function transform() { ${body} }`, eventWith(), {});
    expect(outcome).toMatchObject({ kind: 'failed', message: 'takes too long: stopped after 0.75 s' });
    expect((await engine.run('const transform = () => ({})', eventWith(), {})).kind).toBe('transformed');
    expect(await impatient.check('function transform() {}')).toBeUndefined();
  });
});
