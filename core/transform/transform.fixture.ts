import { newTransformEngine } from './engine.ts';
import type { TransformEvent, TransformOutcome, TransformResult } from './transform.ts';

/** Shared by all tests of a file, because runs leave nothing behind. The timeout is long, so that slow machines pass. */
export const engine = newTransformEngine({ hardTimeoutMs: 60_000 });

export function eventWith(fields: Partial<TransformEvent> = {}): TransformEvent {
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

export function run(code: string, event = eventWith(), variables = {}): Promise<TransformOutcome> {
  return engine.run(code, event, variables);
}

/** The result of a program; rejects if it fails. */
export async function resultOf(code: string, event = eventWith(), variables = {}): Promise<TransformResult> {
  const outcome = await run(code, event, variables);
  if (outcome.kind === 'transformed') return outcome.result;
  throw new Error(outcome.kind === 'failed' ? `line ${outcome.line}: ${outcome.message}` : outcome.kind);
}

/** Evaluates an expression in the sandbox, with `event` in scope. */
export async function evaluate(expression: string, event = eventWith()): Promise<unknown> {
  return (await resultOf(`const transform = (event) => ({ body: ${expression} })`, event)).body;
}

export async function failureOf(code: string, event = eventWith()): Promise<{ message: string; line?: number }> {
  const outcome = await run(code, event);
  if (outcome.kind !== 'failed') throw new Error(`it did not fail: ${JSON.stringify(outcome)}`);
  const { message, line } = outcome;
  return line === undefined ? { message } : { message, line };
}
