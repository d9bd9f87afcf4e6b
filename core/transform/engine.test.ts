import { describe, expect, it } from 'vitest';
import { engine, eventWith, failureOf, resultOf, run } from './transform-under-test.ts';

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

  it('may send nothing', async () => {
    expect(await run('const transform = () => null')).toEqual({ kind: 'dropped', logs: [] });
  });

  it('may send the webhook as it came', async () => {
    expect(await resultOf('const transform = () => ({})')).toEqual({});
  });

  it('fails with the line of its own text', async () => {
    expect(
      await failureOf('function transform(event) {\n  return event.json.a.b;\n}', eventWith({ body: '{}' })),
    ).toEqual({
      message: "TypeError: cannot read property 'b' of undefined",
      line: 2,
    });
  });

  it('is checked without an event', async () => {
    expect(await engine.check('function transform() {}')).toBeUndefined();
    expect(await engine.check('let a = 1;\nlet b = ;')).toMatchObject({ line: 2 });
  });
});
