import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engine, evaluate, eventWith, run } from './transform.fixture.ts';

const events = fc
  .record({
    id: fc.uuid(),
    type: fc.option(fc.string({ unit: 'binary' })),
    path: fc.webPath(),
    query: fc.webQueryParameters(),
    headers: fc.dictionary(fc.string(), fc.string()),
    body: fc.oneof(fc.json(), fc.string({ unit: 'binary' })),
    created_at: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })
      .map((date) => date.toISOString()),
  })
  .map(eventWith);

const garbage = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'(){}[]`$"\'/\\.;,=>+-*?:!~0a \n\0') }),
  fc
    .array(
      fc.constantFrom(
        'function',
        'transform',
        '(',
        ')',
        '{',
        '}',
        'return',
        'throw',
        'event',
        '.',
        'json',
        '=>',
        'async',
        'await',
        'yield',
        'class',
        'new',
        'Proxy',
        'null',
        ';',
        '\n',
        'for',
        'while',
        '=',
        'const',
        '`',
        '/',
        '1',
        'import',
        'export',
      ),
    )
    .map((words) => words.join(' ')),
);

describe('for any event', () => {
  it('the outcome of a program is the same each time', async () => {
    const code = `function transform(event) {
      console.log(event, Math.random(), Date.now(), String(new Date()));
      if (Math.random() < 0.1) throw new Error(event.body);
      return { body: [event, Math.random(), Object.keys(event)] };
    }`;
    await fc.assert(
      fc.asyncProperty(events, async (event) => {
        expect(await run(code, event)).toEqual(await run(code, event));
      }),
    );
  });

  it('a program that returns {} changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (event) => {
        expect(await run('const transform = () => ({})', event)).toEqual({ kind: 'transformed', result: {}, logs: [] });
      }),
    );
  });

  it('a program sees the event unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (event) => {
        const { json: _, ...seen } = (await evaluate('event', event)) as Record<string, unknown>;
        expect(seen).toEqual(JSON.parse(JSON.stringify(event)));
      }),
    );
  });
});

describe('for any text as a program', () => {
  it('any text has the same outcome twice', async () => {
    await fc.assert(
      fc.asyncProperty(garbage, async (code) => {
        const outcome = await run(code);
        expect(outcome).toEqual(await run(code));
        expect(await engine.check(code)).toEqual(
          outcome.kind === 'failed' ? { message: outcome.message, line: outcome.line } : undefined,
        );
      }),
    );
  });

  it('any text in the function has an outcome', async () => {
    await fc.assert(
      fc.asyncProperty(garbage, async (code) => {
        const outcome = await run(`function transform(event) { return ${code} }`);
        if (outcome.kind === 'failed') expect(outcome.message).not.toBe('');
      }),
    );
  });
});
