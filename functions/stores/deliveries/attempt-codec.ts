import type { Attempt } from '../../../core/attempt.ts';
import { deflate, inflate } from '../../../core/deflate.ts';

/** Bodies that are text are kept as text: base64 would cost a third more, and deflate worse. */
type BodyRecord = { readonly text: string } | { readonly base64: string };

interface AttemptRecord extends Omit<Attempt, 'response'> {
  readonly response?: Omit<NonNullable<Attempt['response']>, 'body'> & { readonly body: BodyRecord };
}

/** An attempt for its row: deflated JSON, so that a first-try success fits one write unit of 1 KiB with its row. */
export function encodeAttempt(attempt: Attempt): Uint8Array {
  const { response, ...rest } = attempt;
  const record: AttemptRecord = response
    ? { ...rest, response: { ...response, body: encodeBody(response.body) } }
    : rest;
  return deflate(Buffer.from(JSON.stringify(record)));
}

export function decodeAttempt(encoded: Uint8Array): Attempt {
  const { response, ...rest } = JSON.parse(inflate(encoded).toString('utf8')) as AttemptRecord;
  return response ? { ...rest, response: { ...response, body: decodeBody(response.body) } } : rest;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function encodeBody(body: Uint8Array): BodyRecord {
  try {
    return { text: utf8.decode(body) };
  } catch {
    // Not UTF-8: `fatal` is how TextDecoder says so.
    return { base64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') };
  }
}

function decodeBody(body: BodyRecord): Uint8Array {
  return 'text' in body ? Buffer.from(body.text, 'utf8') : Buffer.from(body.base64, 'base64');
}
