import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESPONSE_BODY_LOG_BYTES } from '../deliveries/attempt.ts';
import { toClientAnswer } from './client-answer.ts';
import { parseClientMessage } from './client-message.ts';

const result = {
  action: 'result',
  delivery_id: 'dlv_01a201474fdd7e078ffdd0b2d90bbc8f',
  attempt: 1,
  duration_ms: 12,
  status_code: 201,
  headers: { 'Content-Type': 'text/plain', 'Set-Cookie': ['session=0123456789abcdef', 'b=2'] },
  body: 'created',
};

/** The answer that would be stored. */
function storedAnswer(message: object) {
  const parsed = parseClientMessage(JSON.stringify(message));
  if (parsed.kind !== 'result') throw new Error(JSON.stringify(parsed));
  return toClientAnswer(parsed.result, 1_000);
}

describe('a message from a client', () => {
  it('a ping is accepted, with or without further fields', () => {
    expect(parseClientMessage('{"action":"ping"}')).toEqual({ kind: 'ping' });
    expect(parseClientMessage('{"action":"ping","sent_at":1}')).toEqual({ kind: 'ping' });
  });

  it.each(['{"action":"results"}', '{"action":"$connect"}', '{"action":""}'])('%s is an unknown action', (text) => {
    expect(parseClientMessage(text)).toMatchObject({
      kind: 'invalid',
      error: { type: 'error', code: 'UNKNOWN_ACTION' },
    });
  });

  it.each(['', 'ping', '{', '[]', 'null', '{}', '{"action":5}', '"ping"'])('%s is an invalid message', (text) => {
    expect(parseClientMessage(text)).toMatchObject({
      kind: 'invalid',
      error: { type: 'error', code: 'INVALID_MESSAGE' },
    });
  });

  it('any text is parsed or reported as invalid without an exception', () => {
    const results = fc.record(
      {
        action: fc.constant('result'),
        delivery_id: fc.string(),
        attempt: fc.jsonValue(),
        headers: fc.jsonValue(),
        body: fc.jsonValue(),
      },
      { requiredKeys: ['action'] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          results.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(['ping', 'invalid']).toContain(parseClientMessage(text).kind);
        },
      ),
    );
  });
});

describe('the result of a client', () => {
  it('a response is stored with possible credentials masked', () => {
    expect(storedAnswer({ ...result, of_a_newer_client: true })).toEqual({
      deliveryId: result.delivery_id,
      attempt: 1,
      answeredAtMs: 1_000,
      durationMs: 12,
      response: {
        statusCode: 201,
        headers: [
          ['Content-Type', 'text/plain'],
          ['Set-Cookie', '••••cdef'],
          ['Set-Cookie', '••••'],
        ],
        body: Buffer.from('created'),
        bodyTruncated: false,
      },
    });
  });

  it('a failure without a response is stored with its code and message', () => {
    const failed = { ...result, status_code: null, error_code: 'CONNECTION_REFUSED', error_message: 'nobody listens' };
    expect(storedAnswer(failed)).toMatchObject({ error: { code: 'CONNECTION_REFUSED', message: 'nobody listens' } });
  });

  it('at most 16 KiB of a response body are stored, and a cut is marked', () => {
    const long = storedAnswer({ ...result, body: 'ä'.repeat(RESPONSE_BODY_LOG_BYTES / 2 + 1) }).response;
    expect([long?.body.byteLength, long?.bodyTruncated]).toEqual([RESPONSE_BODY_LOG_BYTES, true]);
    const whole = storedAnswer({
      ...result,
      body: Buffer.alloc(RESPONSE_BODY_LOG_BYTES, 0xff).toString('base64'),
      body_encoding: 'base64',
    });
    expect([whole.response?.body.byteLength, whole.response?.bodyTruncated]).toEqual([RESPONSE_BODY_LOG_BYTES, false]);
  });

  it.each([
    ['delivery_id', { delivery_id: 'dlv_1' }],
    ['delivery_id', { delivery_id: 'evt_01a201474fdd7e078ffdd0b2d2094ffe' }],
    ['attempt', { attempt: 0 }],
    ['attempt', { attempt: 1e9 }],
    ['status_code', { status_code: 99 }],
    ['duration_ms', { duration_ms: -1 }],
    ['error_code', { status_code: null, error_code: 'it broke' }],
    ['error_message', { status_code: null, error_code: 'TIMEOUT', error_message: 'x'.repeat(1_001) }],
    ['headers', { headers: { 'X-Long': 'x'.repeat(16_384) } }],
    ['status_code or error_code', { error_code: 'TIMEOUT' }],
    ['status_code or error_code', { status_code: null }],
  ])('a result with an invalid %s is refused, naming the field', (field, change) => {
    expect(parseClientMessage(JSON.stringify({ ...result, ...change }))).toMatchObject({
      kind: 'invalid',
      error: { code: 'INVALID_MESSAGE', message: expect.stringContaining(field) },
    });
  });
});
