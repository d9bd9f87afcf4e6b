import { createContext, runInContext } from 'node:vm';
import type { TransformEvent, TransformResult } from '../transform/transform.ts';

/**
 * Runs a transform as an engine does: in a realm that has the language and nothing else, not even a way to evaluate text.
 * Only JSON crosses the border, in both directions.
 */
export function runTransform(
  code: string,
  event: TransformEvent,
  variables: Readonly<Record<string, string>> = {},
): TransformResult {
  const realm = createContext(
    { input: JSON.stringify({ event, variables }) },
    { codeGeneration: { strings: false, wasm: false } },
  );
  return JSON.parse(runInContext(`${code}\n${CALL}`, realm));
}

const CALL = `(() => {
  const { event, variables } = JSON.parse(input);
  try { event.json = JSON.parse(event.body); } catch {}
  return JSON.stringify(transform(event, variables));
})()`;

/** The body as it is sent of an event. */
export function sentBody(event: TransformEvent, { body = event.body }: TransformResult): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export function eventWith(fields: Partial<TransformEvent>): TransformEvent {
  return {
    id: 'evt_01a201474fdd7e078ffdd0b2d2094ffe',
    source_id: 'src_01a201474e377636aae23f36d2094ffe',
    url: 'https://hooks.example.com/events/evt_01a201474fdd7e078ffdd0b2d2094ffe',
    type: null,
    created_at: '2026-11-22T03:23:00.445Z',
    method: 'POST',
    path: '',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '',
    body_encoding: 'utf8',
    ...fields,
  };
}
