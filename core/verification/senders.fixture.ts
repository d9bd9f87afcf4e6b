import {
  createHash,
  createHmac,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto';
import { sign as signForGithub } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { HeaderList } from '../deliveries/delivery-headers.ts';
import { ReceivedRequest } from '../ingest/received-request.ts';
import type { Verification } from './registry.ts';

type Settings = { readonly type: Verification['type']; readonly [name: string]: unknown };

export const INGEST_URL = 'https://hooks.example.com/in/src_01a201474e377636aae23f36d2094ffe';
export const NOW_MS = Date.UTC(2026, 10, 22, 10);

export interface Sent {
  readonly headers?: HeaderList;
  readonly query?: string;
  readonly path?: string;
  readonly body: string | Uint8Array;
}

export function received({ headers = [], query = '', path = '', body }: Sent): ReceivedRequest {
  const head = { method: 'POST', path, query, headers, sourceIp: '192.0.2.1' };
  return new ReceivedRequest(head, typeof body === 'string' ? Buffer.from(body) : body, INGEST_URL);
}

/** Sends as a provider does, using the provider's own library if it can sign. */
export interface Sender {
  readonly name: string;
  /** Settings of a source whose secret is the sender's, whose previous secret is the sender's, or that has another secret. */
  readonly settings: Readonly<Record<'current' | 'rotated' | 'another', Settings>>;
  readonly body: string;
  readonly event: { readonly id: string | undefined; readonly type: string | undefined };
  /** Whether the time is signed. */
  readonly signsTime: boolean;
  /** Whether the body is signed. */
  readonly signsBody: boolean;
  send(body: string, atMs: number): Promise<Sent>;
}

export const SECRET = 'the-secret-of-today';
const OTHER_SECRET = 'the-secret-of-yesterday';
const WHSEC = `whsec_${Buffer.from('the-secret-of-today-24-b').toString('base64')}`;

/** @param name of the field for the secret */
function settingsOf(
  type: Verification['type'],
  secret: string,
  more: object = {},
  name = 'secret',
): Sender['settings'] {
  const previous = `previous_${name}`;
  return {
    current: { type, ...more, [name]: secret },
    rotated: { type, ...more, [name]: OTHER_SECRET, [previous]: secret },
    another: { type, ...more, [name]: OTHER_SECRET },
  };
}

const seconds = (ms: number) => String(Math.floor(ms / 1000));
const mac = (algorithm: string, encoding: 'hex' | 'base64', text: string) =>
  createHmac(algorithm, SECRET).update(text).digest(encoding);
const both = { signsTime: true, signsBody: true };
const bodyOnly = { signsTime: false, signsBody: true };
const neither = { signsTime: false, signsBody: false };
const unnamed = { id: undefined, type: undefined };

/** https://www.twilio.com/docs/usage/security#validating-requests */
export function twilioSignature(token: string, url: string, form = ''): string {
  const parameters = new URLSearchParams(form);
  const sorted = [...new Set(parameters.keys())]
    .sort()
    .flatMap((name) => [...new Set(parameters.getAll(name))].sort().map((value) => name + value));
  return createHmac('sha1', token)
    .update(url + sorted.join(''))
    .digest('base64');
}

const discordKeys = generateKeyPairSync('ed25519');
const otherDiscordKeys = generateKeyPairSync('ed25519');
const discordKey = (key: KeyObject) =>
  Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url').toString('hex');

const sendgridKeys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const otherSendgridKeys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');

function keySettings(type: 'discord' | 'sendgrid', signing: string, other: string): Sender['settings'] {
  return {
    current: { type, public_key: signing },
    rotated: { type, public_key: other, previous_public_key: signing },
    another: { type, public_key: other },
  };
}

export const senders: readonly Sender[] = [
  {
    name: 'stripe',
    settings: settingsOf('stripe', SECRET),
    body: '{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","type":"charge.succeeded"}',
    event: { id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy', type: 'charge.succeeded' },
    ...both,
    send: async (body, atMs) => {
      const { webhooks } = new Stripe('sk_test_none');
      const timestamp = Math.floor(atMs / 1000);
      return {
        headers: [
          ['Stripe-Signature', webhooks.generateTestHeaderString({ payload: body, secret: SECRET, timestamp })],
        ],
        body,
      };
    },
  },
  {
    name: 'github',
    settings: settingsOf('github', SECRET),
    body: '{"ref":"refs/heads/main"}',
    event: { id: '72d3162e-cc78-11e3-81ab-4c9367dc0958', type: 'push' },
    ...bodyOnly,
    send: async (body) => ({
      headers: [
        ['X-Hub-Signature-256', await signForGithub(SECRET, body)],
        ['X-GitHub-Delivery', '72d3162e-cc78-11e3-81ab-4c9367dc0958'],
        ['X-GitHub-Event', 'push'],
      ],
      body,
    }),
  },
  {
    name: 'shopify, a webhook',
    settings: settingsOf('shopify', SECRET),
    body: '{"id":820982911946154508,"email":"jon@example.com"}',
    event: { id: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043', type: 'orders/create' },
    ...bodyOnly,
    send: async (body) => ({
      headers: [
        ['X-Shopify-Hmac-SHA256', mac('sha256', 'base64', body)],
        ['X-Shopify-Webhook-Id', 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043'],
        ['X-Shopify-Topic', 'orders/create'],
        ['X-Shopify-Shop-Domain', 'example.myshopify.com'],
        ['X-Shopify-API-Version', '2026-10'],
      ],
      body,
    }),
  },
  {
    name: 'shopify, an event',
    settings: settingsOf('shopify', SECRET),
    body: '{"topic":"Product","action":"update"}',
    event: { id: '5a1b7c2e-0d4f-4e8a-9c3b-6f2d8e1a7b90', type: 'Product' },
    ...bodyOnly,
    send: async (body) => ({
      headers: [
        ['Shopify-Hmac-Sha256', mac('sha256', 'base64', body)],
        ['Shopify-Webhook-Id', '5a1b7c2e-0d4f-4e8a-9c3b-6f2d8e1a7b90'],
        ['Shopify-Event-Id', '0b8e3f1d-7c62-4a95-8d10-2e4f6a9c5b73'],
        ['Shopify-Topic', 'Product'],
        ['Shopify-Shop-Domain', 'example.myshopify.com'],
        ['Shopify-Api-Version', 'unstable'],
      ],
      body,
    }),
  },
  {
    name: 'slack',
    settings: settingsOf('slack', SECRET),
    body: '{"type":"event_callback","event_id":"Ev123ABC456","event":{"type":"reaction_added"}}',
    event: { id: 'Ev123ABC456', type: 'reaction_added' },
    ...both,
    send: async (body, atMs) => ({
      headers: [
        ['X-Slack-Request-Timestamp', seconds(atMs)],
        ['X-Slack-Signature', `v0=${mac('sha256', 'hex', `v0:${seconds(atMs)}:${body}`)}`],
      ],
      body,
    }),
  },
  {
    name: 'twilio, a form',
    settings: settingsOf('twilio', SECRET),
    body: 'SmsSid=SM1&From=%2B14158675309&Body=a+b&Body=a+b&Body=A',
    event: { id: 'fb1e6b1f-1f04-4a35-9f1d-3f1a8c5a7c11', type: undefined },
    ...bodyOnly,
    send: async (body) => ({
      headers: [
        ['X-Twilio-Signature', twilioSignature(SECRET, INGEST_URL, body)],
        ['I-Twilio-Idempotency-Token', 'fb1e6b1f-1f04-4a35-9f1d-3f1a8c5a7c11'],
      ],
      body,
    }),
  },
  {
    name: 'twilio, JSON',
    settings: settingsOf('twilio', SECRET),
    body: '{"MessageSid":"SM1"}',
    event: unnamed,
    ...bodyOnly,
    send: async (body) => {
      const query = `a=sip%3A1%40example.com&bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
      const signed = `${INGEST_URL.replace('.com/', '.com:443/')}?${query}`;
      return { headers: [['X-Twilio-Signature', twilioSignature(SECRET, signed)]], query, body };
    },
  },
  {
    name: 'square',
    settings: settingsOf('square', SECRET),
    body: '{"merchant_id":"M1","type":"payment.created","event_id":"6a8f5f28-54a1-4eb0-a98a-3111513fd4fc"}',
    event: { id: '6a8f5f28-54a1-4eb0-a98a-3111513fd4fc', type: 'payment.created' },
    ...bodyOnly,
    send: async (body) => ({
      headers: [['x-square-hmacsha256-signature', mac('sha256', 'base64', INGEST_URL + body)]],
      body,
    }),
  },
  {
    name: 'linear',
    settings: settingsOf('linear', SECRET),
    body: `{"action":"create","type":"Issue","webhookTimestamp":${NOW_MS}}`,
    event: { id: '234d1a4e-b617-4388-90fe-adc3633d6b72', type: 'Issue' },
    ...both,
    send: async (body, atMs) => {
      const timed = body.replace(String(NOW_MS), String(atMs));
      return {
        headers: [
          ['Linear-Signature', mac('sha256', 'hex', timed)],
          ['Linear-Delivery', '234d1a4e-b617-4388-90fe-adc3633d6b72'],
          ['Linear-Event', 'Issue'],
        ],
        body: timed,
      };
    },
  },
  {
    name: 'discord',
    settings: keySettings('discord', discordKey(discordKeys.publicKey), discordKey(otherDiscordKeys.publicKey)),
    body: '{"version":1,"application_id":"1","type":1,"event":{"type":"ENTITLEMENT_CREATE"}}',
    event: { id: undefined, type: 'ENTITLEMENT_CREATE' },
    ...both,
    send: async (body, atMs) => ({
      headers: [
        [
          'X-Signature-Ed25519',
          signBytes(null, Buffer.from(seconds(atMs) + body), discordKeys.privateKey).toString('hex'),
        ],
        ['X-Signature-Timestamp', seconds(atMs)],
      ],
      body,
    }),
  },
  {
    name: 'sendgrid',
    settings: keySettings('sendgrid', spki(sendgridKeys.publicKey), spki(otherSendgridKeys.publicKey)),
    body: '[{"event":"bounce","sg_event_id":"a"},{"event":"bounce","sg_event_id":"b"}]\r\n',
    event: { id: 'a,b', type: 'bounce' },
    ...both,
    send: async (body, atMs) => ({
      headers: [
        [
          'X-Twilio-Email-Event-Webhook-Signature',
          createSign('sha256')
            .update(seconds(atMs) + body)
            .sign(sendgridKeys.privateKey, 'base64'),
        ],
        ['X-Twilio-Email-Event-Webhook-Timestamp', seconds(atMs)],
      ],
      body,
    }),
  },
  {
    name: 'standard webhooks',
    settings: settingsOf('standard_webhooks', WHSEC),
    body: '{"type":"contact.created","data":{}}',
    event: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', type: 'contact.created' },
    ...both,
    send: async (body, atMs) => {
      const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
      return {
        headers: [
          ['webhook-id', id],
          ['webhook-timestamp', seconds(atMs)],
          ['webhook-signature', new StandardWebhook(WHSEC).sign(id, new Date(atMs), body)],
        ],
        body,
      };
    },
  },
  {
    name: 'svix',
    settings: settingsOf('standard_webhooks', WHSEC),
    body: '{"type":"invoice.paid"}',
    event: { id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk', type: 'invoice.paid' },
    ...both,
    send: async (body, atMs) => {
      const id = 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk';
      return {
        headers: [
          ['svix-id', id],
          ['svix-timestamp', seconds(atMs)],
          ['svix-signature', new SvixWebhook(WHSEC).sign(id, new Date(atMs), body)],
        ],
        body,
      };
    },
  },
  {
    name: 'hmac of the body',
    settings: settingsOf('hmac', SECRET, { header: 'X-Signature', algorithm: 'sha512', encoding: 'base64' }),
    body: 'any bytes',
    event: unnamed,
    ...bodyOnly,
    send: async (body) => ({ headers: [['x-signature', mac('sha512', 'base64', body)]], body }),
  },
  {
    name: 'hmac with a timestamp',
    settings: settingsOf('hmac', SECRET, {
      header: 'X-Signature',
      prefix: 'v1=',
      timestamp_header: 'X-Timestamp',
      signed_payload: 'v1:{timestamp}:{body}',
    }),
    body: 'any bytes',
    event: unnamed,
    ...both,
    send: async (body, atMs) => ({
      headers: [
        ['X-Timestamp', String(atMs)],
        ['X-Signature', `v1=${mac('sha256', 'hex', `v1:${atMs}:${body}`)}`],
      ],
      body,
    }),
  },
  {
    name: 'basic',
    settings: settingsOf('basic', SECRET, { username: 'sender' }, 'password'),
    body: '{}',
    event: unnamed,
    ...neither,
    send: async (body) => ({
      headers: [['Authorization', `Basic ${Buffer.from(`sender:${SECRET}`).toString('base64')}`]],
      body,
    }),
  },
  {
    name: 'bearer',
    settings: settingsOf('bearer', SECRET, {}, 'token'),
    body: '{}',
    event: unnamed,
    ...neither,
    send: async (body) => ({ headers: [['authorization', `Bearer ${SECRET}`]], body }),
  },
  {
    name: 'API key in a header',
    settings: settingsOf('api_key', SECRET, { name: 'X-Key' }, 'key'),
    body: '{}',
    event: unnamed,
    ...neither,
    send: async (body) => ({ headers: [['x-key', SECRET]], body }),
  },
  {
    name: 'API key in the query',
    settings: settingsOf('api_key', SECRET, { in: 'query', name: 'key' }, 'key'),
    body: '{}',
    event: unnamed,
    ...neither,
    send: async (body) => ({ query: `a=1&key=${SECRET}`, body }),
  },
];
