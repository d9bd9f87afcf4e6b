import type { ClientAnswer } from '../../../core/clients/client-answer.ts';
import type { Attempt, AttemptResponse } from '../../../core/deliveries/attempt.ts';
import { base64Of, textOf } from '../../../core/events/body-text.ts';
import { deflate, inflate } from '../../../core/events/deflate.ts';

/** Text bodies are stored as text: base64 would be a third longer, and compress worse. */
type BodyRecord = { readonly text: string } | { readonly base64: string };

type WithRecord<Logged> = Omit<Logged, 'response'> & {
  readonly response?: Omit<AttemptResponse, 'body'> & { readonly body: BodyRecord };
};

/**
 * Encodes an attempt for its row: deflated JSON, so that a delivery that succeeds at once fits into one write unit of 1
 * KiB.
 */
export function encodeAttempt(attempt: Attempt): Uint8Array {
  return encode(attempt);
}

export function decodeAttempt(encoded: Uint8Array): Attempt {
  return decode<Attempt>(encoded);
}

/** What the program behind a client has answered, in the same form. */
export function encodeClientAnswer(answer: ClientAnswer): Uint8Array {
  return encode(answer);
}

export function decodeClientAnswer(encoded: Uint8Array): ClientAnswer {
  return decode<ClientAnswer>(encoded);
}

function encode<Logged extends { readonly response?: AttemptResponse }>({ response, ...rest }: Logged): Uint8Array {
  const record = response ? { ...rest, response: { ...response, body: encodeBody(response.body) } } : rest;
  return deflate(Buffer.from(JSON.stringify(record)));
}

function decode<Logged extends { readonly response?: AttemptResponse }>(encoded: Uint8Array): Logged {
  // Only `encode` writes what is read here.
  const { response, ...rest } = JSON.parse(inflate(encoded).toString('utf8')) as WithRecord<Logged>;
  return (response
    ? { ...rest, response: { ...response, body: decodeBody(response.body) } }
    : rest) as unknown as Logged;
}

function encodeBody(body: Uint8Array): BodyRecord {
  const text = textOf(body);
  return text === undefined ? { base64: base64Of(body) } : { text };
}

function decodeBody(body: BodyRecord): Uint8Array {
  return 'text' in body ? Buffer.from(body.text, 'utf8') : Buffer.from(body.base64, 'base64');
}
