import { describe, expect, it } from 'vitest';
import { newEventId, newId } from '../ids.ts';
import { toTransformEvent } from './transform-event.ts';

const sourceId = newId('src');
const id = newEventId(sourceId, Date.parse('2026-11-22T03:23:00.445Z'));
const head = { method: 'POST', path: '/orders', query: 'a=1&a=2', headers: [], sourceIp: '192.0.2.1' };
const webhook = {
  id,
  sourceId,
  url: `https://hawser.example/events/${id}`,
  type: 'push',
  head,
  body: Buffer.from('{}'),
};

describe('an event as a transform sees it', () => {
  it('an event has the fields that the API shows', () => {
    expect(toTransformEvent(webhook)).toEqual({
      id,
      source_id: sourceId,
      url: webhook.url,
      type: 'push',
      created_at: '2026-11-22T03:23:00.445Z',
      method: 'POST',
      path: '/orders',
      query: 'a=1&a=2',
      headers: {},
      body: '{}',
      body_encoding: 'utf8',
    });
    expect(toTransformEvent({ ...webhook, type: undefined }).type).toBeNull();
  });

  it('headers are by lower-case name, with repeated ones joined', () => {
    const headers = [
      ['X-A', '1'],
      ['x-a', '2'],
      ['__proto__', 'x'],
    ] as const;
    const shown = toTransformEvent({ ...webhook, head: { ...head, headers } }).headers;
    expect(Object.entries(shown)).toEqual([
      ['x-a', '1, 2'],
      ['__proto__', 'x'],
    ]);
  });

  it('the body is text if its bytes are UTF-8, including a byte order mark, else base64', () => {
    const shown = (body: Uint8Array) => {
      const { body: text, body_encoding } = toTransformEvent({ ...webhook, body });
      return [text, body_encoding];
    };
    expect(shown(Buffer.from('\ufeffgrößer'))).toEqual(['\ufeffgrößer', 'utf8']);
    expect(shown(Buffer.from([0xff, 0x00]))).toEqual(['/wA=', 'base64']);
    expect(shown(Buffer.from('{"a":1}').subarray(1, 4))).toEqual(['"a"', 'utf8']);
    expect(shown(Buffer.alloc(0))).toEqual(['', 'utf8']);
  });
});
