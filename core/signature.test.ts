import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signingKey, signStandardWebhook } from './signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('the Standard Webhooks signature', () => {
  it('is accepted by the reference library, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const headers = signStandardWebhook('evt_1', nowSeconds(), Buffer.from(json), [SECRET]);
        expect(new Webhook(SECRET).verify(json, { ...headers })).toEqual(JSON.parse(json));
      }),
    );
  });

  it('with two secrets is accepted with either, so that rotation needs no downtime', () => {
    const other = `whsec_${Buffer.from('another secret of some length').toString('base64')}`;
    const headers = signStandardWebhook('evt_1', nowSeconds(), Buffer.from('{}'), [SECRET, other]);
    expect(new Webhook(SECRET).verify('{}', { ...headers })).toEqual({});
    expect(new Webhook(other).verify('{}', { ...headers })).toEqual({});
  });

  it('breaks with one changed byte, another id or another secret', () => {
    const headers = signStandardWebhook('evt_1', nowSeconds(), Buffer.from('{"a":1}'), [SECRET]);
    expect(() => new Webhook(SECRET).verify('{"a":2}', { ...headers })).toThrow();
    expect(() => new Webhook(SECRET).verify('{"a":1}', { ...headers, 'webhook-id': 'evt_2' })).toThrow();
    expect(() => new Webhook('whsec_AAAA').verify('{"a":1}', { ...headers })).toThrow();
  });

  it('covers the bytes, also when they are not UTF-8', () => {
    const [a, b] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xff, 0xfd])].map((body) =>
      signStandardWebhook('evt_1', 1, body, [SECRET]),
    );
    expect(a?.['webhook-signature']).not.toBe(b?.['webhook-signature']);
  });

  it('decodes whsec_ secrets and takes any other as UTF-8', () => {
    expect(signingKey('whsec_aGVsbG8=').toString()).toBe('hello');
    expect(signingKey('plain ✓').toString()).toBe('plain ✓');
    expect(signingKey('whsec_not base64!').toString()).toBe('whsec_not base64!');
  });
});
