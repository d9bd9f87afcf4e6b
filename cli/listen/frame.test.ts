import { expect, it } from 'vitest';
import { readFrame } from './frame.ts';

const frame = {
  type: 'event',
  event_id: 'evt_1',
  delivery_id: 'dlv_1',
  source_id: 'src_1',
  attempt: 1,
  method: 'POST',
  path: '',
  query: '',
  headers: {},
  body: '',
  body_encoding: 'utf8',
  body_url: null,
};
const withHeaders = (headers: string) =>
  readFrame(JSON.stringify(frame).replace('"headers":{}', `"headers":${headers}`));

it('a frame keeps every header of the webhook, including __proto__ and constructor', () => {
  const read = withHeaders('{"__proto__":"x","constructor":["a","b"]}');
  expect(read?.type === 'event' && Object.entries(read.headers ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', ['a', 'b']],
  ]);
});

it.each(['5', '[]', '{"x-a":1}', '{"__proto__":{"x-a":"1"}}'])(
  'a frame with the headers %s is not accepted',
  (headers) => {
    expect(withHeaders(headers)).toBeUndefined();
  },
);
