import { verify as verifyForGithub } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { ReceivedRequest } from '../../core/ingest/received-request.ts';
import { verificationTypes, verifierOf } from '../../core/verification/registry.ts';
import type { Occasion, Provider } from './provider.ts';
import { providers } from './providers.ts';

const SECRET = 'the-secret-of-today';
const URL = 'https://hooks.example.com/in/src_01a201474e377636aae23f36d2094ffe';
const nowMs = Date.now();

function occasionOf(type: string, unique = '0123456789abcdef0123456789abcdef'): Occasion {
  return { nowMs, unique, type };
}

function signed(provider: Provider, occasion: Occasion, body?: Uint8Array) {
  const sample = provider.sample(occasion);
  const webhook = { ...sample, body: body ?? Buffer.from(sample.body) };
  return { headers: { ...sample.headers, ...provider.sign(webhook, SECRET, URL, occasion) }, body: webhook.body };
}

function received(provider: Provider, occasion: Occasion, other?: Uint8Array): ReceivedRequest {
  const { headers, body } = signed(provider, occasion, other);
  const head = { method: 'POST', path: '', query: '', headers: Object.entries(headers), sourceIp: '192.0.2.1' };
  return new ReceivedRequest(head, body, URL);
}

const all = providers.flatMap((provider) =>
  provider.types.map((type) => ({ name: `${provider.name} ${type}`, provider, type })),
);

describe('a sample of a provider', () => {
  it.each(all)('a $name sample is verified and has the requested type', ({ provider, type }) => {
    const verifier = verifierOf({ type: provider.verification, secret: SECRET });
    const request = received(provider, occasionOf(type));
    expect(verifier.verify(request, nowMs)).toBe('verified');
    // Twilio's webhooks name no type.
    if (provider.name !== 'twilio') expect(verifier.eventType(request)).toBe(type);
  });

  it.each(providers)('each $name sample has its own id, so none is taken for a duplicate', (provider) => {
    const verifier = verifierOf({ type: provider.verification, secret: SECRET });
    const idOf = (unique: string) => verifier.eventId(received(provider, occasionOf(provider.types[0], unique)));
    const [one, another] = [idOf('1'.repeat(32)), idOf('2'.repeat(32))];
    expect(one).toEqual(expect.any(String));
    expect(another).not.toBe(one);
  });

  it.each(providers)('a $name sample whose body is not text is signed byte for byte', (provider) => {
    const verifier = verifierOf({ type: provider.verification, secret: SECRET });
    const request = received(provider, occasionOf(provider.types[0]), Uint8Array.of(0xff, 0x00, 0x80, 0x0a));
    // Linear's timestamp is in the body, and is checked once the signature is right.
    expect(verifier.verify(request, nowMs)).toBe(provider.name === 'linear' ? 'timestamp_missing' : 'verified');
  });

  it.each(providers)('a $name sample is not verified with another secret', (provider) => {
    const verifier = verifierOf({ type: provider.verification, secret: 'the-secret-of-nobody' });
    expect(verifier.verify(received(provider, occasionOf(provider.types[0])), nowMs)).toBe('signature_mismatch');
  });
});

describe("a provider's own library", () => {
  const of = (name: string) => {
    const provider = providers.find((one) => one.name === name);
    if (!provider) throw new Error(`there is no ${name}`);
    return signed(provider, occasionOf(provider.types[0]));
  };

  it('the library of Stripe accepts a sample', () => {
    const { headers, body } = of('stripe');
    const { webhooks } = new Stripe('sk_test_none');
    const event = webhooks.constructEvent(String(body), String(headers['Stripe-Signature']), SECRET);
    expect(event.type).toBe('checkout.session.completed');
  });

  it('the library of GitHub accepts a sample', async () => {
    const { headers, body } = of('github');
    expect(await verifyForGithub(SECRET, String(body), String(headers['X-Hub-Signature-256']))).toBe(true);
  });

  it('the library of Standard Webhooks accepts a sample', () => {
    const { headers, body } = of('standard-webhooks');
    const webhook = new StandardWebhook(Buffer.from(SECRET).toString('base64'));
    expect(webhook.verify(String(body), headers)).toMatchObject({ type: 'contact.created' });
  });
});

it('every provider with a shared secret has samples', () => {
  const withoutSecret = ['discord', 'sendgrid'];
  const ofNobody = ['hmac', 'basic', 'bearer', 'api_key'];
  const expected = verificationTypes.filter((type) => ![...withoutSecret, ...ofNobody].includes(type));
  expect(providers.map(({ verification }) => verification)).toEqual(expected);
});
