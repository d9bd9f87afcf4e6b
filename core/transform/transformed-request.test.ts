import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../deliveries/delivery-headers.ts';
import type { TransformResult } from './transform.ts';
import { joinedHeaders } from './transform-event.ts';
import { applyTransformResult, type OutgoingRequest } from './transformed-request.ts';

const body = Buffer.from('{ "id": 12345678901234567890 }');
const sent = (...headers: HeaderList): OutgoingRequest => ({
  head: { method: 'PUT', path: '/orders', query: 'a=1', headers, sourceIp: '192.0.2.1' },
  body,
});
const json = sent(['Content-Type', 'application/json; charset=utf-8'], ['X-A', '1'], ['X-A', '2']);

function made(result: TransformResult, original = json): OutgoingRequest {
  const outcome = applyTransformResult(result, original);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome.request;
}

function problem(result: TransformResult): string | undefined {
  const outcome = applyTransformResult(result, json);
  return 'problem' in outcome ? outcome.problem : undefined;
}

describe('the request of a transform', () => {
  it('fields that the result omits stay as in the webhook, byte for byte', () => {
    expect(made({})).toEqual(json);
    expect(made({ method: 'POST' })).toEqual({ ...json, head: { ...json.head, method: 'POST' } });
    const encoded = sent(['Content-Encoding', 'gzip'], ['Content-MD5', 'x']);
    expect(made({ body: body.toString() }, encoded)).toEqual(encoded);
  });

  it('a returned path and query are appended to the URL, but never the sender’s', () => {
    expect(made({}).addition).toBeUndefined();
    expect(made({ path: '', query: '' }).addition).toBeUndefined();
    expect(made({ path: '/7' }).addition).toEqual({ path: '/7', query: '' });
    expect(made({ query: 'b=2' }).addition).toEqual({ path: '', query: 'b=2' });
  });

  it('returned headers replace all of the sender’s', () => {
    expect(made({ headers: { 'X-B': '3' } }).head.headers).toEqual([['X-B', '3']]);
    expect(made({ headers: {} }).head.headers).toEqual([]);
  });

  it('returned headers do not change the count of passages through Hawser', () => {
    const looping = sent(['CDN-Loop', 'hawser, hawser'], ['X-A', '1']);
    const spread = joinedHeaders(looping.head.headers);
    for (const headers of [{}, { 'cdn-loop': 'other' }, spread]) {
      const { head } = made({ headers }, looping);
      expect(head.headers.filter(([name]) => name.toLowerCase() === 'cdn-loop')).toEqual([
        ['CDN-Loop', 'hawser, hawser'],
      ]);
    }
    expect(made({ headers: { 'CDN-Loop': 'hawser' } }).head.headers).toEqual([]);
  });

  it('a string is sent as text or decoded from base64, anything else as JSON', () => {
    const bodyOf = (result: TransformResult) => Buffer.from(made(result).body).toString();
    expect(bodyOf({ body: 'größer' })).toBe('größer');
    expect(bodyOf({ body: '' })).toBe('');
    expect(Buffer.from(made({ body: '/wA=', body_encoding: 'base64' }).body)).toEqual(Buffer.from([0xff, 0]));
    expect(bodyOf({ body: { a: [1, null] } })).toBe('{"a":[1,null]}');
    expect(['[]', '7', 'false', 'null']).toEqual([[], 7, false, null].map((one) => bodyOf({ body: one })));
  });

  it('a value that stringifies to a string, such as a date, is sent as JSON', () => {
    const request = made({ body: '1970-01-01T00:00:00.000Z', isTextJson: true }, sent(['X-A', '1']));
    expect(Buffer.from(request.body).toString()).toBe('"1970-01-01T00:00:00.000Z"');
    expect(request.head.headers).toEqual([
      ['X-A', '1'],
      ['Content-Type', 'application/json'],
    ]);
  });

  it('a JSON body has the JSON content type unless the result sets another', () => {
    const form = sent(['content-type', 'application/x-www-form-urlencoded'], ['X-A', '1']);
    expect(made({ body: {} }, form).head.headers).toEqual([
      ['X-A', '1'],
      ['Content-Type', 'application/json'],
    ]);
    expect(made({ body: {}, headers: { 'X-B': '3' } }, form).head.headers).toEqual([
      ['X-B', '3'],
      ['Content-Type', 'application/json'],
    ]);
    const own = { 'content-type': 'application/cloudevents+json' };
    expect(made({ body: {}, headers: own }, form).head.headers).toEqual(Object.entries(own));
    expect(made({ body: 'text' }, form).head.headers).toEqual(form.head.headers);
  });

  it('headers that described the sender’s body are dropped with it', () => {
    const lies: HeaderList = [
      ['Content-Encoding', 'gzip'],
      ['Content-MD5', 'kQoZ'],
      ['Digest', 'SHA-256=a'],
      ['Digest', 'MD5=b'],
      ['Content-Digest', 'sha-256=:a:'],
      ['ETag', '"a"'],
    ];
    const encoded = sent(...lies, ['X-A', '1']);
    expect(made({ body: 'other' }, encoded).head.headers).toEqual([['X-A', '1']]);
    // `{ headers: { ...event.headers, 'x-b': '3' } }`
    const spread = { ...joinedHeaders(encoded.head.headers), 'x-b': '3' };
    expect(made({ body: 'other', headers: spread }, encoded).head.headers).toEqual([
      ['x-a', '1'],
      ['x-b', '3'],
    ]);
    expect(made({ headers: spread }, encoded).head.headers).toEqual(Object.entries(spread));
  });

  it('headers of the result that describe its body are kept', () => {
    const gzipped = gzipSync('other').toString('base64');
    const headers = { 'content-encoding': 'gzip', etag: '"b"' };
    const request = made({ body: gzipped, body_encoding: 'base64', headers }, sent(['ETag', '"a"']));
    expect(request.head.headers).toEqual(Object.entries(headers));
  });

  it('a path or query that cannot be appended to the URL is a problem', () => {
    expect(problem({ path: '/a%2f..%2fb' })).toBe('returned a result whose path has a dot segment');
    expect(problem({ query: 'a'.repeat(8_001) })).toMatch(/^returned a result whose query has 8,001 characters/);
  });
});
