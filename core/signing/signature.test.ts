import { verify as verifyAsGitHub } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';
import { verificationField, verifierOf } from '../verification/registry.ts';
import { received } from '../verification/senders.fixture.ts';
import { signatureHeaders, signingKey, signStandardWebhook } from './signature.ts';
import { signingField } from './signing-fields.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BEFORE = `whsec_${Buffer.from('another secret of some length').toString('base64')}`;
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('the Standard Webhooks signature', () => {
  it.each([
    ['the reference library', Webhook],
    ["Svix's", SvixWebhook],
  ])('the signature of any JSON is accepted by %s, with either secret during a rotation', (_, Library) => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(SECRET, BEFORE), (json, secret) => {
        const headers = signStandardWebhook('evt_1', nowSeconds(), Buffer.from(json), [SECRET, BEFORE]);
        expect(() => new Library(secret).verify(json, { ...headers })).not.toThrow();
      }),
    );
  });

  it('the signature is invalid for a changed byte, another id or another secret', () => {
    const headers = signStandardWebhook('evt_1', nowSeconds(), Buffer.from('{"a":1}'), [SECRET]);
    expect(() => new Webhook(SECRET).verify('{"a":2}', { ...headers })).toThrow();
    expect(() => new Webhook(SECRET).verify('{"a":1}', { ...headers, 'webhook-id': 'evt_2' })).toThrow();
    expect(() => new Webhook('whsec_AAAA').verify('{"a":1}', { ...headers })).toThrow();
  });

  it('the signature covers the bytes even if they are not UTF-8', () => {
    const [a, b] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xff, 0xfd])].map((body) =>
      signStandardWebhook('evt_1', 1, body, [SECRET]),
    );
    expect(a?.['webhook-signature']).not.toBe(b?.['webhook-signature']);
  });

  it('whsec_ secrets are decoded from base64, and others used as UTF-8', () => {
    expect(signingKey('whsec_aGVsbG8=').toString()).toBe('hello');
    expect(signingKey('plain ✓').toString()).toBe('plain ✓');
    expect(signingKey('whsec_not base64!').toString()).toBe('whsec_not base64!');
  });
});

describe('a plain HMAC signature', () => {
  const signed = (settings: object, body: Uint8Array, secrets: readonly string[], seconds = 0) =>
    Object.fromEntries(
      signatureHeaders(signingField.parse({ scheme: 'hmac', ...settings }), 'evt_1', seconds, body, secrets),
    );

  it('an HMAC signature matches RFC 4231 and RFC 2202, in hex or base64, in the chosen header', () => {
    const body = Buffer.from('what do ya want for nothing?');
    expect(signed({}, body, ['Jefe'])).toEqual({
      'X-Hawser-Signature': '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    });
    expect(signed({ algorithm: 'sha1', encoding: 'base64', header: 'X-Signature' }, body, ['Jefe'])).toEqual({
      'X-Signature': Buffer.from('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79', 'hex').toString('base64'),
    });
  });

  it("an HMAC signature in GitHub's format is accepted by GitHub's own library", async () => {
    const settings = { header: 'X-Hub-Signature-256', prefix: 'sha256=' };
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (body) => {
        const { 'X-Hub-Signature-256': signature = '' } = signed(settings, Buffer.from(body), ['a secret of mine']);
        expect(await verifyAsGitHub('a secret of mine', Buffer.from(body).toString(), signature)).toBe(true);
      }),
    );
  });

  it("an HMAC signature with a signed time is accepted by Stripe's own library, given both headers as Stripe's one", () => {
    const settings = { header: 'X-Signature', timestamp_header: 'X-Time' };
    fc.assert(
      fc.property(fc.object(), (event) => {
        const body = JSON.stringify(event);
        const sent = signed(settings, Buffer.from(body), ['a secret of mine'], nowSeconds());
        const header = `t=${sent['X-Time']},v1=${sent['X-Signature']}`;
        expect(Stripe.webhooks.constructEvent(body, header, 'a secret of mine')).toEqual(JSON.parse(body));
      }),
    );
  });

  const settings = fc.record({
    algorithm: fc.constantFrom('sha256', 'sha1'),
    encoding: fc.constantFrom('hex', 'base64'),
    header: fc.constantFrom('X-Hawser-Signature', 'X-Shop-Hmac'),
    prefix: fc.constantFrom('', 'v1='),
    timestamp_header: fc.constantFrom(null, 'X-Hawser-Timestamp'),
  });

  it('an HMAC signature is verified by a source with the same settings, with either secret during a rotation', () => {
    const [before, now, body] = ['the secret before', 'the secret by now', Buffer.from([0x7b, 0xff, 0x00, 0x7d])];
    fc.assert(
      fc.property(settings, fc.constantFrom(before, now), (chosen, secret) => {
        const seconds = 1_795_317_780;
        const headers = Object.entries(signed(chosen, body, [now, before], seconds));
        const verifier = verifierOf(verificationField.parse({ type: 'hmac', secret, ...chosen }));
        expect(verifier.verify(received({ headers, body }), seconds * 1000)).toBe('verified');
        const altered = Buffer.from([0x7b, 0xff, 0x01, 0x7d]);
        expect(verifier.verify(received({ headers, body: altered }), seconds * 1000)).toBe('signature_mismatch');
      }),
    );
  });

  it('an HMAC signature covers the time that is sent with it', () => {
    const at = (seconds: number) => signed({ timestamp_header: 'X-Time' }, Buffer.from('{}'), ['a secret'], seconds);
    expect(at(1_795_317_780)['X-Time']).toBe('1795317780');
    expect(at(1_795_317_780)['X-Hawser-Signature']).not.toBe(at(1_795_317_781)['X-Hawser-Signature']);
  });

  it.each([
    ['algorithm', { algorithm: 'md5' }],
    ['encoding', { encoding: 'base32' }],
    ['header', { header: 'Host' }],
    ['header', { header: 'webhook-signature' }],
    ['header', { header: 'X-Hawser-Event-Id' }],
    ['header', { header: 'a b' }],
    ['prefix', { prefix: 'a,b' }],
    ['prefix', { prefix: 'a\r\n' }],
    ['timestamp_header', { timestamp_header: 'X-Hawser-Signature' }],
    ['timestamp_header', { header: 'X-Time', timestamp_header: 'x-time' }],
    ['scheme', { scheme: 'rot13' }],
  ])('an HMAC setting with an invalid %s is refused: %j', (path, wrong) => {
    const { error } = signingField.safeParse({ scheme: 'hmac', ...wrong });
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
