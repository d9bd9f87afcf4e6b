import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRequest, encodeRequest, hasObjectBody, type RequestHead, type StoredRequest } from './stored-request.ts';

const head: RequestHead = {
  method: 'POST',
  path: '',
  query: '',
  headers: [['Content-Type', 'application/json']],
  sourceIp: '192.0.2.1',
};

const anyHead: fc.Arbitrary<RequestHead> = fc.record({
  method: fc.constantFrom('POST', 'PUT', 'GET'),
  path: fc.string(),
  query: fc.string(),
  headers: fc.array(fc.tuple(fc.string(), fc.string({ unit: 'grapheme' })), { maxLength: 20 }),
  sourceIp: fc.ipV6(),
});

describe('a stored request', () => {
  it('any stored request decodes byte for byte', () => {
    fc.assert(
      fc.property(anyHead, fc.uint8Array({ maxLength: 5000 }), (anHead, bytes) => {
        const { head: decodedHead, body } = decodeRequest(
          encodeRequest({ head: anHead, body: { kind: 'inline', bytes } }),
        );
        expect(decodedHead).toEqual(anHead);
        expect(body.kind === 'inline' && Buffer.compare(body.bytes, bytes)).toBe(0);
      }),
    );
  });

  it('a stored request whose body is in the bucket names the object', () => {
    const request: StoredRequest = { head, body: { kind: 'object', key: 'org_1/evt_1', sizeBytes: 3_000_000 } };
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
    expect(hasObjectBody(encodeRequest(request))).toBe(true);
    expect(hasObjectBody(encodeRequest({ head, body: { kind: 'inline', bytes: Buffer.alloc(5000) } }))).toBe(false);
  });

  it('a stored request is smaller than JSON, and at most five bytes larger than its parts', () => {
    const json = Buffer.from(JSON.stringify(Array.from({ length: 50 }, (_, id) => ({ id, type: 'charge.succeeded' }))));
    expect(encodeRequest({ head, body: { kind: 'inline', bytes: json } }).byteLength).toBeLessThan(json.byteLength / 4);
    const noise = randomBytes(4000);
    const parts = noise.byteLength + Buffer.byteLength(JSON.stringify(head));
    expect(encodeRequest({ head, body: { kind: 'inline', bytes: noise } }).byteLength).toBeLessThanOrEqual(parts + 5);
  });

  it('a stored request of an unknown format is refused', () => {
    expect(() => decodeRequest(Uint8Array.of(9, 0, 0, 0, 0))).toThrow('unknown format byte 9');
  });
});
