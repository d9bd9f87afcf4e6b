import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { givenEvent, givenRequest } from '../../core/events/given-event.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { newTransformEngine } from '../../core/transform/engine.ts';
import * as limits from '../../core/transform/limits.ts';
import { MAX_TRANSFORM_BYTES } from '../../core/transform/stored-transform.ts';
import { toTransformEvent } from '../../core/transform/transform-event.ts';
import { applyTransformResult } from '../../core/transform/transformed-request.ts';
import { EventTransforms, failureText } from '../../functions/shared/event-transforms.ts';

const page = readFileSync(new URL('../../docs/transforms.md', import.meta.url), 'utf8');
/** Programs, each with the event that it is given and what is then sent. */
const examples = [...page.matchAll(/^```js\n(.*?)^```$.*?^```json\n(.*?)^```$.*?^```json\n(.*?)^```$/gms)].map(
  ([, code = '', event = '', sent = '']) => ({ code, event: JSON.parse(event), sent: JSON.parse(sent) }),
);
const sectionOf = (heading: string) => page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
/** The first column of the table in a section. */
const fieldsOf = (heading: string) =>
  [...sectionOf(heading).matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );

const engine = newTransformEngine();
const transforms = new EventTransforms({ engine, source: async () => undefined });
const sourceId = newId('src');

async function transformed(code: string, event: unknown) {
  const { head, body, eventType } = givenRequest(givenEvent.parse(event));
  const webhook = {
    id: newEventId(sourceId, Date.now()),
    sourceId,
    url: 'https://hooks.example.com',
    type: await eventType(),
    head: { ...head, sourceIp: '' },
    body: await body(),
  };
  return transforms.transform({ code, variables: {} }, webhook);
}

describe('docs/transforms.md', () => {
  it('docs/transforms.md has examples', () => {
    expect(examples.length).toBeGreaterThan(1);
    expect(page.match(/^```js$/gm)).toHaveLength(examples.length);
  });

  it.each(examples)('docs/transforms.md shows what is sent: $code', async ({ code, event, sent }) => {
    const made = await transformed(code, event);
    if (made.kind !== 'transformed') throw new Error(`it is ${made.kind}`);
    const { head, body, addition } = made.request;
    expect({
      method: head.method,
      path: addition?.path ?? '',
      query: addition?.query ?? '',
      headers: Object.fromEntries(head.headers),
      body: body.toString(),
    }).toEqual(JSON.parse(JSON.stringify(sent).replaceAll('src_…', sourceId)));
  });

  it('the example of docs/transforms.md drops the events that it says it drops', async () => {
    const other = { body: '{"ref":"refs/heads/next"}' };
    expect(await transformed(examples[0]?.code ?? '', other)).toMatchObject({ kind: 'dropped' });
  });

  it('docs/transforms.md has exactly the fields of events and results', () => {
    const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '' };
    const id = newEventId(sourceId, Date.now());
    const event = toTransformEvent({ id, sourceId, url: '', type: undefined, head, body: Buffer.from('') });
    expect(fieldsOf('What it is given')).toEqual([...Object.keys(event), 'json']);
    expect(fieldsOf('What it returns')).toEqual(['method', 'path', 'query', 'headers', 'body', 'body_encoding']);
  });

  it('docs/transforms.md names the headers that are left out with another body', () => {
    const [, names = ''] = /\*\*Headers of another body\.\*\* (.*?) are left out/s.exec(page) ?? [];
    const headers = [...names.matchAll(/`([\w-]+)`/g)].map(([, name = '']): [string, string] => [name, 'x']);
    expect(headers).toHaveLength(7);
    const head = { method: 'POST', path: '', query: '', headers, sourceIp: '' };
    const made = applyTransformResult({ body: 'other' }, { head, body: Buffer.from('') });
    expect('request' in made && made.request.head.headers).toEqual([]);
  });

  it('docs/transforms.md shows a failure as it is reported', async () => {
    const [, shown] = /`(line \d+: .*?)`/.exec(page) ?? [];
    const made = await transformed('function transform(event) {\n  return { body: event.json.pusher.name };\n}', {
      body: '{}',
    });
    expect(made.kind === 'failed' && failureText(made)).toBe(shown);
  });

  it('docs/transforms.md names the actual limits', () => {
    const { MAX_TICKS, MAX_MEMORY_PAGES, HARD_TIMEOUT_MS, MAX_JSON_DEPTH, MAX_RESULT_LENGTH } = limits;
    const { MAX_HEADERS_LENGTH, MAX_LOGS, MAX_MESSAGE_LENGTH } = limits;
    const shown = [MAX_TRANSFORM_BYTES, MAX_TICKS * 10_000, MAX_JSON_DEPTH, MAX_RESULT_LENGTH, MAX_HEADERS_LENGTH];
    for (const limit of shown) expect(sectionOf('What it may do')).toContain(limit.toLocaleString('en'));
    expect(page).toContain(`| ${MAX_MEMORY_PAGES / 16} MiB`);
    expect(page).toContain(`| ${MAX_LOGS}, of ${MAX_MESSAGE_LENGTH.toLocaleString('en')} characters each |`);
    expect(page).toContain(`| ${HARD_TIMEOUT_MS / 1_000} s, `);
  });
});
