import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeaderList, maskSecretHeaders, senderHeaders, withHeaders } from './delivery-headers.ts';

const tokens = fc.string({ unit: fc.constantFrom(...'abcXYZ-09'), minLength: 1, maxLength: 12 });
const anyHeaders = fc.array(fc.tuple(tokens, fc.string()), { maxLength: 12 });

describe('the headers of a delivery', () => {
  it("headers keep the sender's order, case and repetitions", () => {
    const sent: HeaderList = [
      ['Content-Type', 'application/json'],
      ['X-GitHub-Event', 'push'],
      ['x-list', 'a'],
      ['X-List', 'b'],
      ['x-amz-sns-message-type', 'Notification'],
    ];
    expect(senderHeaders(sent)).toEqual(sent);
  });

  it.each([
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'X-Forwarded-For',
    'X-Amzn-Trace-Id',
    'Via',
    'CloudFront-Viewer-Country',
    'x-hawser-event-id',
    'Expect',
    'Upgrade',
  ])('%s is removed from the headers', (name) => {
    expect(senderHeaders([[name, 'x']])).toEqual([]);
  });

  it('headers named by Connection are removed', () => {
    expect(
      senderHeaders([
        ['Connection', 'close, X-Private'],
        ['x-private', '1'],
        ['X-Kept', '2'],
      ]),
    ).toEqual([['X-Kept', '2']]);
  });

  it("the destination's own headers take precedence, ignoring case", () => {
    fc.assert(
      fc.property(anyHeaders, anyHeaders, (base, overrides) => {
        const merged = withHeaders(base, overrides);
        for (const [name] of overrides) {
          const of = (list: HeaderList) => list.filter(([other]) => other.toLowerCase() === name.toLowerCase());
          expect(of(merged)).toEqual(of(overrides));
        }
        expect(merged.length).toBeLessThanOrEqual(base.length + overrides.length);
      }),
    );
  });

  it.each([
    ...['Authorization', 'Cookie', 'Set-Cookie', 'X-Api-Key', 'apikey', 'X-Gitlab-Token', 'X-Client-Secret'],
    ...['Ocp-Apim-Subscription-Key', 'X-Functions-Key', 'X-Auth', 'X-Auth-Key', 'X-Session-Id', 'X-Pwd', 'X-JWT'],
    ...[
      'X-Pass',
      'X-Password',
      'X-Passphrase',
      'X-Bearer',
      'X-Authentication',
      'X-GitHub-OTP',
      'userPass',
      'X-Api-Key-2',
    ],
    ...['key', 'routing_key', 'X-PreventKey', 'Access-Control-Token'],
  ])('the value of %s is masked, ignoring case', (name) => {
    for (const spelled of [name, name.toLowerCase()].filter((one) => one !== 'userpass')) {
      expect(maskSecretHeaders([[spelled, '0123456789abcdef']])).toEqual([[spelled, '••••cdef']]);
    }
  });

  it.each([
    ...['Stripe-Signature', 'X-Hub-Signature-256', 'X-Shopify-Hmac-SHA256', 'X-Signature-Ed25519', 'svix-signature'],
    ...['webhook-id', 'webhook-timestamp', 'webhook-signature', 'Paypal-Auth-Algo', 'X-Signature-Key-Id'],
    ...[
      'Idempotency-Key',
      'X-Idempotency-Key',
      'idempotencykey',
      'X-Dedup-Key',
      'Surrogate-Key',
      'X-Partition-Key',
      'X-Event-Key',
    ],
    ...[
      'X-GitHub-Event',
      'X-Request-Id',
      'X-Author',
      'WWW-Authenticate',
      'Access-Control-Allow-Credentials',
      'Access-Control-Request-Headers',
    ],
  ])('the value of %s is not masked', (name) => {
    expect(maskSecretHeaders([[name, '0123456789abcdef']])).toEqual([[name, '0123456789abcdef']]);
  });

  it('secrets in logged headers are masked', () => {
    const logged = maskSecretHeaders(
      [
        ['Authorization', 'Bearer abcdefgh12345678'],
        ['X-Api-Key', 'short'],
        ['X-Own', 'configured-value-9999'],
        ['Content-Type', 'text/plain'],
      ],
      new Set(['x-own']),
    );
    expect(logged).toEqual([
      ['Authorization', '••••5678'],
      ['X-Api-Key', '••••'],
      ['X-Own', '••••9999'],
      ['Content-Type', 'text/plain'],
    ]);
  });
});
