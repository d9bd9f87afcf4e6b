import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../deliveries/delivery-headers.ts';
import type { TransformResult } from './transform.ts';
import { joinedHeaders } from './transform-event.ts';
import { type OutgoingRequest, transformedRequest } from './transformed-request.ts';

const body = Buffer.from('{ "id": 12345678901234567890 }');
const sent = (...headers: HeaderList): OutgoingRequest => ({
  head: { method: 'PUT', path: '/orders', query: 'a=1', headers, sourceIp: '192.0.2.1' },
  body,
});
const json = sent(['Content-Type', 'application/json; charset=utf-8'], ['X-A', '1'], ['X-A', '2']);

function made(result: TransformResult, original = json): OutgoingRequest {
  const outcome = transformedRequest(result, original);
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome.request;
}

function problem(result: TransformResult): string | undefined {
  const outcome = transformedRequest(result, json);
  return 'problem' in outcome ? outcome.problem : undefined;
}

describe('the request of a transform', () => {
  it('is the webhook, byte for byte, in all that the result leaves out', () => {
    expect(made({})).toEqual(json);
    expect(made({ method: 'POST' })).toEqual({ ...json, head: { ...json.head, method: 'POST' } });
    const encoded = sent(['Content-Encoding', 'gzip'], ['Content-MD5', 'x']);
    expect(made({ body: body.toString() }, encoded)).toEqual(encoded);
  });

  it('adds a path and a query that are returned to the URL, and never those of the sender', () => {
    expect(made({}).addition).toBeUndefined();
    expect(made({ path: '', query: '' }).addition).toBeUndefined();
    expect(made({ path: '/7' }).addition).toEqual({ path: '/7', query: '' });
    expect(made({ query: 'b=2' }).addition).toEqual({ path: '', query: 'b=2' });
  });

  it('has the headers of the result in place of all of the sender’s', () => {
    expect(made({ headers: { 'X-B': '3' } }).head.headers).toEqual([['X-B', '3']]);
    expect(made({ headers: {} }).head.headers).toEqual([]);
  });

  it('has been through Hawser as often as the webhook, whatever headers the result has', () => {
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

  it('has text as it is, bytes of base64, and anything else as JSON', () => {
    const bodyOf = (result: TransformResult) => Buffer.from(made(result).body).toString();
    expect(bodyOf({ body: 'größer' })).toBe('größer');
    expect(bodyOf({ body: '' })).toBe('');
    expect(Buffer.from(made({ body: '/wA=', body_encoding: 'base64' }).body)).toEqual(Buffer.from([0xff, 0]));
    expect(bodyOf({ body: { a: [1, null] } })).toBe('{"a":[1,null]}');
    expect(['[]', '7', 'false', 'null']).toEqual([[], 7, false, null].map((one) => bodyOf({ body: one })));
  });

  it('has what is a text in JSON alone, such as a date, as JSON', () => {
    const request = made({ body: '1970-01-01T00:00:00.000Z', isTextJson: true }, sent(['X-A', '1']));
    expect(Buffer.from(request.body).toString()).toBe('"1970-01-01T00:00:00.000Z"');
    expect(request.head.headers).toEqual([
      ['X-A', '1'],
      ['Content-Type', 'application/json'],
    ]);
  });

  it('says that JSON is JSON, unless the result says otherwise', () => {
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

  it('says nothing of its body that was said of the sender’s', () => {
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

  it('says of its body what the result says of it', () => {
    const gzipped = gzipSync('other').toString('base64');
    const headers = { 'content-encoding': 'gzip', etag: '"b"' };
    const request = made({ body: gzipped, body_encoding: 'base64', headers }, sent(['ETag', '"a"']));
    expect(request.head.headers).toEqual(Object.entries(headers));
  });

  it('is none where the destination could not add to its URL what is returned', () => {
    expect(problem({ path: '/a%2f..%2fb' })).toBe('returned a result whose path has a dot segment');
    expect(problem({ query: 'a'.repeat(8_001) })).toMatch(/^returned a result whose query has 8,001 characters/);
  });
});
