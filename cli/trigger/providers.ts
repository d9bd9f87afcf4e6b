import { signStandardWebhook } from '../../core/signing/signature.ts';
import { hmac } from '../../core/verification/compare.ts';
import { JSON_CONTENT, type Provider, unixSeconds, uuid } from './provider.ts';

/** https://docs.stripe.com/webhooks#verify-manually */
const stripe: Provider = {
  name: 'stripe',
  verification: 'stripe',
  types: ['checkout.session.completed', 'charge.succeeded', 'invoice.paid'],
  sample: (occasion) => {
    const { type, unique } = occasion;
    const object = type.split('.').slice(0, -1).join('.');
    return {
      headers: { ...JSON_CONTENT, 'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)' },
      body: JSON.stringify({
        id: `evt_${unique.slice(0, 24)}`,
        object: 'event',
        type,
        created: unixSeconds(occasion),
        livemode: false,
        data: { object: { id: `obj_${unique.slice(8)}`, object, amount: 2000, currency: 'eur', status: 'succeeded' } },
      }),
    };
  },
  sign: ({ body }, secret, _url, occasion) => {
    const time = unixSeconds(occasion);
    return { 'Stripe-Signature': `t=${time},v1=${hmac('sha256', secret, 'hex', `${time}.`, body)}` };
  },
};

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
const github: Provider = {
  name: 'github',
  verification: 'github',
  types: ['push', 'pull_request', 'ping'],
  sample: (occasion) => {
    const repository = { id: 1296269, name: 'hello-world', full_name: 'octocat/hello-world', default_branch: 'main' };
    const sender = { id: 583231, login: 'octocat', type: 'User' };
    const id = occasion.unique.slice(0, 20).padEnd(40, '0');
    const payloads: Readonly<Record<string, object>> = {
      push: {
        ref: 'refs/heads/main',
        before: '0'.repeat(40),
        after: id,
        head_commit: { id, message: 'Say hello', timestamp: new Date(occasion.nowMs).toISOString() },
        commits: [{ id, message: 'Say hello' }],
      },
      pull_request: { action: 'opened', number: 7, pull_request: { number: 7, state: 'open', title: 'Say hello' } },
      ping: { zen: 'Keep it logically awesome.', hook_id: 1 },
    };
    return {
      headers: {
        ...JSON_CONTENT,
        'User-Agent': 'GitHub-Hookshot/sample',
        'X-GitHub-Event': occasion.type,
        'X-GitHub-Delivery': uuid(occasion),
      },
      body: JSON.stringify({ ...payloads[occasion.type], repository, sender }),
    };
  },
  sign: ({ body }, secret) => ({ 'X-Hub-Signature-256': `sha256=${hmac('sha256', secret, 'hex', body)}` }),
};

/** https://shopify.dev/docs/apps/build/webhooks/verify-deliveries */
const shopify: Provider = {
  name: 'shopify',
  verification: 'shopify',
  types: ['orders/create', 'orders/paid', 'products/update'],
  sample: (occasion) => ({
    headers: {
      ...JSON_CONTENT,
      'X-Shopify-Topic': occasion.type,
      'X-Shopify-Shop-Domain': 'example.myshopify.com',
      'X-Shopify-API-Version': '2026-10',
      'X-Shopify-Webhook-Id': uuid(occasion),
    },
    body: occasion.type.startsWith('products/')
      ? '{"id":788032119674292922,"title":"Example T-Shirt","handle":"example-t-shirt","status":"active"}'
      : '{"id":820982911946154508,"email":"jon@example.com","currency":"EUR","total_price":"12.50","line_items":[{"id":866550311766439020,"title":"Example T-Shirt","quantity":1}]}',
  }),
  sign: ({ body }, secret) => ({ 'X-Shopify-Hmac-SHA256': hmac('sha256', secret, 'base64', body) }),
};

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
const slack: Provider = {
  name: 'slack',
  verification: 'slack',
  types: ['message', 'app_mention', 'reaction_added'],
  sample: (occasion) => ({
    headers: { ...JSON_CONTENT, 'User-Agent': 'Slackbot 1.0 (+https://api.slack.com/robots)' },
    body: JSON.stringify({
      type: 'event_callback',
      team_id: 'T00000000',
      api_app_id: 'A00000000',
      event_id: `Ev${occasion.unique.slice(0, 10).toUpperCase()}`,
      event_time: unixSeconds(occasion),
      event: { type: occasion.type, user: 'U00000000', channel: 'C00000000', text: 'hello' },
    }),
  }),
  sign: ({ body }, secret, _url, occasion) => {
    const time = unixSeconds(occasion);
    return {
      'X-Slack-Request-Timestamp': String(time),
      'X-Slack-Signature': `v0=${hmac('sha256', secret, 'hex', `v0:${time}:`, body)}`,
    };
  },
};

/**
 * https://www.twilio.com/docs/usage/security#validating-requests: the URL, then each parameter's name and value, sorted by name.
 */
const twilio: Provider = {
  name: 'twilio',
  verification: 'twilio',
  types: ['message', 'call'],
  sample: (occasion) => {
    const sid = occasion.unique;
    const of =
      occasion.type === 'call'
        ? { CallSid: `CA${sid}`, CallStatus: 'ringing' }
        : { MessageSid: `SM${sid}`, Body: 'hello' };
    const fields = { AccountSid: `AC${'0'.repeat(32)}`, From: '+14155550100', To: '+14155550101', ...of };
    return {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'I-Twilio-Idempotency-Token': uuid(occasion) },
      body: new URLSearchParams(fields).toString(),
    };
  },
  sign: ({ headers, body }, secret, url) => {
    const isForm = headers['Content-Type'] === 'application/x-www-form-urlencoded';
    const fields = isForm
      ? [...new URLSearchParams(Buffer.from(body).toString('utf8'))].sort(([one], [other]) => (one < other ? -1 : 1))
      : [];
    return { 'X-Twilio-Signature': hmac('sha1', secret, 'base64', url, ...fields.map((field) => field.join(''))) };
  },
};

/** https://developer.squareup.com/docs/webhooks/step3validate */
const square: Provider = {
  name: 'square',
  verification: 'square',
  types: ['payment.created', 'payment.updated', 'order.created'],
  sample: (occasion) => ({
    headers: JSON_CONTENT,
    body: JSON.stringify({
      merchant_id: 'MLEFBHHSJGVHD',
      type: occasion.type,
      event_id: uuid(occasion),
      created_at: new Date(occasion.nowMs).toISOString(),
      data: { type: occasion.type.split('.')[0], id: occasion.unique.slice(0, 22), object: {} },
    }),
  }),
  sign: ({ body }, secret, url) => ({ 'x-square-hmacsha256-signature': hmac('sha256', secret, 'base64', url, body) }),
};

/** https://linear.app/developers/webhooks#securing-webhooks */
const linear: Provider = {
  name: 'linear',
  verification: 'linear',
  types: ['Issue', 'Comment', 'Project'],
  sample: (occasion) => ({
    headers: { ...JSON_CONTENT, 'Linear-Delivery': uuid(occasion), 'Linear-Event': occasion.type },
    body: JSON.stringify({
      action: 'create',
      type: occasion.type,
      createdAt: new Date(occasion.nowMs).toISOString(),
      data: { id: uuid(occasion), title: 'Say hello' },
      webhookTimestamp: occasion.nowMs,
    }),
  }),
  sign: ({ body }, secret) => ({ 'Linear-Signature': hmac('sha256', secret, 'hex', body) }),
};

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const standardWebhooks: Provider = {
  name: 'standard-webhooks',
  verification: 'standard_webhooks',
  types: ['contact.created', 'invoice.paid'],
  sample: (occasion) => ({
    headers: JSON_CONTENT,
    body: JSON.stringify({
      type: occasion.type,
      timestamp: new Date(occasion.nowMs).toISOString(),
      data: { id: occasion.unique.slice(0, 20) },
    }),
  }),
  sign: ({ body }, secret, _url, occasion) =>
    signStandardWebhook(`msg_${occasion.unique.slice(0, 27)}`, unixSeconds(occasion), body, [secret]),
};

/**
 * Providers that sign with a shared secret. Discord and SendGrid sign with a private key that only they have, so a sample of
 * theirs can't be signed in a way that a source would accept.
 */
export const providers: readonly Provider[] = [
  stripe,
  github,
  shopify,
  slack,
  twilio,
  square,
  linear,
  standardWebhooks,
];
