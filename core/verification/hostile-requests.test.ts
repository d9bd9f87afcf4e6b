import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verificationField, verifierOf } from './registry.ts';
import { NOW_MS, received, type Sender, type Sent, senders } from './senders.fixture.ts';

/** All headers that any scheme reads. */
const names = [
  'Stripe-Signature',
  'X-Hub-Signature-256',
  'X-Shopify-Hmac-SHA256',
  'X-Slack-Signature',
  'X-Slack-Request-Timestamp',
  'X-Twilio-Signature',
  'x-square-hmacsha256-signature',
  'Linear-Signature',
  'X-Signature-Ed25519',
  'X-Signature-Timestamp',
  'X-Twilio-Email-Event-Webhook-Signature',
  'X-Twilio-Email-Event-Webhook-Timestamp',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'svix-id',
  'svix-timestamp',
  'svix-signature',
  'X-Signature',
  'X-Timestamp',
  'Authorization',
  'X-Key',
];

const now = String(NOW_MS / 1000);
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    now,
    String(NOW_MS),
    '-1',
    '9'.repeat(400),
    'x'.repeat(100_000),
    '',
    ' ',
    ',',
    '=',
    '\ud800',
    '\u0000',
  ),
  fc.base64String(),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef') }),
  fc.base64String().map((text) => `v1,${text}`),
  fc.base64String().map((text) => `Basic ${text}`),
  fc.string().map((text) => `t=${now},v1=${text}`),
  fc.string().map((text) => `v0=${text}`),
);
const header = fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string(), fc.constant('__proto__')), value);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.json().map((text) => Buffer.from(text)),
  fc.constantFrom('[', '{"a":', '[{"event":', '"type":1,').map((part) => Buffer.from(part.repeat(20_000))),
  fc.constant(Buffer.from(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)),
);
const query = fc.oneof(
  fc.constantFrom('', 'bodySHA256=', 'bodySHA256=a&bodySHA256=b', 'key=', '%', '%ff', '\ud800', '&&&='),
  fc.string({ unit: 'binary' }),
);
const path = fc.constantFrom('', '/orders', '/%2F', '/\ud800');
const hostile: fc.Arbitrary<Sent> = fc.record({ headers: fc.array(header, { maxLength: 40 }), body, query, path });

const runs = Number(process.env.HAWSER_FUZZ_RUNS ?? 50);
const verifierFor = (sender: Sender) => verifierOf(verificationField.parse(sender.settings.rotated));

describe.each(senders)('a hostile request to a source of $name', (sender: Sender) => {
  it('any hostile request is refused without an exception', () => {
    const verifier = verifierFor(sender);
    fc.assert(
      fc.property(hostile, fc.nat(2 ** 45), (sent, nowMs) => {
        const request = received(sent);
        expect(verifier.verify(request, NOW_MS)).not.toBe('verified');
        expect(verifier.verify(request, nowMs)).not.toBe('verified');
        // Called only for verified requests, but a compromised provider must not crash the function either.
        for (const text of [verifier.eventId(request), verifier.eventType(request)]) {
          expect(['string', 'undefined']).toContain(typeof text);
        }
        verifier.challenge(request);
      }),
      { numRuns: runs },
    );
  });

  it('a genuine request with one changed header is refused', async () => {
    const verifier = verifierFor(sender);
    const sent = await sender.send(sender.body, NOW_MS);
    const proof = sent.headers?.filter(([name]) => names.includes(name)) ?? [];
    fc.assert(
      fc.property(fc.nat(Math.max(0, proof.length - 1)), value, (at, other) => {
        const headers = proof.filter((_, index) => index !== at);
        const [name, original] = proof[at] ?? ['X-Key'];
        fc.pre(other !== original);
        const request = received({ ...sent, query: '', headers: [...headers, [name, other]] });
        expect(verifier.verify(request, NOW_MS + 1)).not.toBe('verified');
      }),
      { numRuns: runs },
    );
  });
});

const formOf = (body: Buffer) => new URLSearchParams(body.toString()).toString();

describe.each(senders.filter(({ signsBody }) => signsBody))(
  'a request of $name with one byte changed',
  (sender: Sender) => {
    it('a changed byte makes the request invalid', async () => {
      const verifier = verifierFor(sender);
      const sent = await sender.send(sender.body, NOW_MS);
      const bytes = Buffer.from(sent.body);
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const changed = Buffer.from(bytes);
          changed.writeUInt8((changed[at] ?? 0) ^ change, at);
          // Twilio signs the decoded form, in which `+` equals a space, and `%2b` equals `%2B`.
          fc.pre(sender.name !== 'twilio, a form' || formOf(changed) !== formOf(bytes));
          expect(verifier.verify(received({ ...sent, body: changed }), NOW_MS)).not.toBe('verified');
        }),
        { numRuns: runs },
      );
    });
  },
);
