import { createHash } from 'node:crypto';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { ApiVersion, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import '@shopify/shopify-api/adapters/node';
import { verifyKey } from 'discord-interactions';
import { describe, expect, it } from 'vitest';
import { maskVerification, verificationField, verificationTypes, verifierOf } from './registry.ts';
import {
  INGEST_URL,
  NOW_MS,
  received,
  SECRET,
  type Sender,
  type Sent,
  senders,
  twilioSignature,
} from './senders.fixture.ts';

/** Parses settings as the API does, with defaults. */
const verifier = (settings: object) => verifierOf(verificationField.parse(settings));
const verdict = (settings: object, sent: Sent, nowMs = NOW_MS) => verifier(settings).verify(received(sent), nowMs);

describe.each(senders)('$name', (sender: Sender) => {
  const { settings, body, event } = sender;

  it('a genuine request is verified', async () => {
    expect(verdict(settings.current, await sender.send(body, NOW_MS))).toBe('verified');
  });

  it('a genuine request names its event', async () => {
    const request = received(await sender.send(body, NOW_MS));
    const { eventId, eventType } = verifier(settings.current);
    expect({ id: eventId(request), type: eventType(request) }).toEqual(event);
  });

  it('a request signed with the previous secret is verified while that is accepted', async () => {
    expect(verdict(settings.rotated, await sender.send(body, NOW_MS))).toBe('verified');
  });

  it('a request signed with another secret is refused', async () => {
    const refusal = sender.signsBody ? 'signature_mismatch' : 'credentials_mismatch';
    expect(verdict(settings.another, await sender.send(body, NOW_MS))).toBe(refusal);
  });

  it('a request without its headers and query is refused', async () => {
    const refusal = sender.signsBody ? 'signature_missing' : 'credentials_missing';
    expect(verdict(settings.current, { body })).toBe(refusal);
  });

  it('a request with a repeated proof is refused', async () => {
    const { headers = [], query, body: sentBody } = await sender.send(body, NOW_MS);
    const [first] = headers;
    const twice = first ? { headers: [...headers, first], query: query ?? '' } : { query: `${query}&${query}` };
    expect(verdict(settings.current, { ...twice, body: sentBody })).not.toBe('verified');
  });
});

describe.each(senders.filter(({ signsBody }) => signsBody))('$name', ({ settings, body, send }: Sender) => {
  it('a request with another body is refused', async () => {
    const sent = await send(body, NOW_MS);
    expect(verdict(settings.current, { ...sent, body: `${sent.body} ` })).toBe('signature_mismatch');
  });
});

describe.each(senders.filter(({ signsTime }) => signsTime))('$name', ({ settings, body, send }: Sender) => {
  it.each([
    [300_000, 300, 'verified'],
    [-300_000, 300, 'verified'],
    [301_000, 300, 'timestamp_outside_window'],
    [-301_000, 300, 'timestamp_outside_window'],
    [600_000, 600, 'verified'],
    [601_000, 600, 'timestamp_outside_window'],
  ])('a request that is %i ms old, in a window of %i s, is %s', async (ageMs, tolerance_seconds, expected) => {
    const sent = await send(body, NOW_MS);
    expect(verdict({ ...settings.current, tolerance_seconds }, sent, NOW_MS + ageMs)).toBe(expected);
  });
});

it('every scheme has a sender that tests it', () => {
  expect(new Set(senders.map(({ settings }) => settings.current.type))).toEqual(new Set(verificationTypes));
});

describe("providers' published examples", () => {
  it.each([
    [
      'github: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation',
      { type: 'github', secret: "It's a Secret to Everybody" },
      {
        headers: [['X-Hub-Signature-256', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17']],
        body: 'Hello, World!',
      },
      NOW_MS,
    ],
    [
      'slack: https://docs.slack.dev/authentication/verifying-requests-from-slack',
      { type: 'slack', secret: '8f742231b10e8888abcd99yyyzzz85a5' },
      {
        headers: [
          ['X-Slack-Request-Timestamp', '1531420618'],
          ['X-Slack-Signature', 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'],
        ],
        body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
      },
      1_531_420_618_000,
    ],
    [
      'square: https://github.com/square/square-nodejs-sdk/blob/master/tests/integration/webhooks.test.ts',
      {
        type: 'square',
        secret: 'Ibxx_5AKakO-3qeNVR61Dw',
        url: 'https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9',
      },
      {
        headers: [['x-square-hmacsha256-signature', 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=']],
        body: '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
      },
      NOW_MS,
    ],
    [
      'sendgrid: https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js',
      {
        type: 'sendgrid',
        public_key:
          'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
      },
      {
        headers: [
          [
            'X-Twilio-Email-Event-Webhook-Signature',
            'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
          ],
          ['X-Twilio-Email-Event-Webhook-Timestamp', '1600112502'],
        ],
        body: '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
      },
      1_600_112_502_000,
    ],
  ] as const)("a provider's published example is verified: %s", (_, settings, sent, nowMs) => {
    expect(verdict(settings, sent, nowMs)).toBe('verified');
  });

  /**
   * https://github.com/twilio/twilio-node/blob/main/spec/unit/webhooks/webhooks.spec.ts. The token of these vectors is
   * shorter than Hawser allows, so they test the signer whose requests are verified above.
   */
  it.each([
    [
      'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
      'https://mycompany.com/myapp.php?foo=1&bar=2',
      'Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE',
    ],
    [
      'a9nBmqA0ju/hNViExpshrM61xv4=',
      'https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620',
    ],
  ])("the signer of the tests matches Twilio's published signature %s", (signature, url, form = '') => {
    expect(twilioSignature('12345', url, form)).toBe(signature);
  });
});

it.each(['To=sip%3Aa%40b&x=a%20b', 'To=sip%3Aa%40b&x=a+b', 'To=sip:a@b&x=a%20b'])(
  'a URL signed with the query %s is verified although API Gateway decodes it',
  (query) => {
    const secret = 'the-secret-of-twilio';
    const headers = [['X-Twilio-Signature', twilioSignature(secret, `${INGEST_URL}?${query}`)]] as const;
    // The encoding that functions/ingest/ingest-request.ts produces.
    const encoded = new URLSearchParams(query).toString();
    expect(verdict({ type: 'twilio', secret }, { headers, query: encoded, body: '' })).toBe('verified');
  },
);

describe('the order of a signed query, which API Gateway does not keep', () => {
  const settings = { type: 'twilio', secret: 'the-secret-of-twilio' } as const;
  const signed = (query: string, body = '') => [
    ['X-Twilio-Signature', twilioSignature(settings.secret, `${INGEST_URL}?${query}`, body)] as const,
  ];

  it('any order of up to four names verifies', () => {
    const orders = ['d=4&b=2&a=1&c=3', 'd=4&c=3&b=2&a=1', 'a=1&b=2&c=3&d=4', 'b=x%20y&d=4&a=1&c=3'];
    for (const query of orders) {
      const sorted = new URLSearchParams(query);
      sorted.sort();
      const sent = { headers: signed(query), query: sorted.toString(), body: '' };
      expect([query, verdict(settings, sent)]).toEqual([query, 'verified']);
    }
  });

  it('only the sorted order verifies with more names or a large form, so that a wrong signature costs little', () => {
    for (const [order, sorted, body] of [
      ['e=5&a=1&b=2&c=3&d=4', 'a=1&b=2&c=3&d=4&e=5', ''],
      ['b=2&a=1', 'a=1&b=2', `x=${'x'.repeat(65_535)}`],
    ] as const) {
      expect(verdict(settings, { headers: signed(order, body), query: sorted, body })).toBe('signature_mismatch');
    }
    const sorted = 'a=1&b=2&c=3&d=4&e=5';
    expect(verdict(settings, { headers: signed(sorted), query: sorted, body: '' })).toBe('verified');
  });

  it('any order verifies with a large body of which only the digest is signed', () => {
    const body = JSON.stringify({ text: 'x'.repeat(70_000) });
    const digest = createHash('sha256').update(body).digest('hex');
    const headers = signed(`b=2&bodySHA256=${digest}&a=1`);
    expect(verdict(settings, { headers, query: `a=1&b=2&bodySHA256=${digest}`, body })).toBe('verified');
  });

  it('the values of two names cannot be exchanged', () => {
    const headers = signed('b=1&a=2');
    expect(verdict(settings, { headers, query: 'a=1&b=2', body: '' })).toBe('signature_mismatch');
  });
});

describe("providers' own libraries", () => {
  const sentBy = async (name: string, atMs = NOW_MS) => {
    const sender = senders.find((candidate) => candidate.name === name);
    if (!sender) throw new Error(`there is no sender ${name}`);
    const { headers = [], body } = await sender.send(sender.body, atMs);
    const header = (wanted: string) => headers.find(([key]) => key === wanted)?.[1] ?? '';
    const shown = maskVerification(verificationField.parse(sender.settings.current));
    return { header, headers, body: String(body), publicKey: String('public_key' in shown && shown.public_key) };
  };

  it('discord-interactions verifies the same request', async () => {
    const { header, body, publicKey } = await sentBy('discord');
    const [signature, timestamp] = [header('X-Signature-Ed25519'), header('X-Signature-Timestamp')];
    expect(await verifyKey(body, signature, timestamp, publicKey)).toBe(true);
  });

  it('@linear/sdk verifies the same request', async () => {
    // The library uses the current time and accepts no other clock.
    const { header, body } = await sentBy('linear', Date.now());
    const library = new LinearWebhookClient(SECRET);
    expect(library.verify(Buffer.from(body), header('Linear-Signature'))).toBe(true);
  });

  it.each([
    ['shopify, a webhook', 'webhooks'],
    ['shopify, an event', 'events'],
  ])('@shopify/shopify-api verifies the same request: %s', async (name, webhookType) => {
    const { headers, body } = await sentBy(name);
    const { webhooks } = shopifyApi({
      apiKey: 'none',
      apiSecretKey: SECRET,
      apiVersion: ApiVersion.July26,
      hostName: 'hooks.example.com',
      isEmbeddedApp: false,
      logger: { level: LogSeverity.Error },
    });
    const rawRequest = { method: 'POST', url: '/', headers: Object.fromEntries(headers) };
    expect(await webhooks.validate({ rawBody: body, rawRequest })).toMatchObject({ valid: true, webhookType });
  });

  it('@sendgrid/eventwebhook verifies the same request', async () => {
    const { header, body, publicKey } = await sentBy('sendgrid');
    const library = new EventWebhook();
    const prefix = 'X-Twilio-Email-Event-Webhook';
    const [signature, timestamp] = [header(`${prefix}-Signature`), header(`${prefix}-Timestamp`)];
    expect(library.verifySignature(library.convertPublicKeyToECDSA(publicKey), body, signature, timestamp)).toBe(true);
  });
});
