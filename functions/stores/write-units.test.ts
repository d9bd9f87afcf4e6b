import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../core/deliveries/attempt.ts';
import { firstJob } from '../../core/deliveries/delivery.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import { newId } from '../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { DeliveryLog } from './deliveries/delivery-log.ts';
import { EventStore } from './events.ts';

const source = { id: newId('src'), organizationId: newId('org') };
const retentionDays = 30;
const digest = (hexDigits: number) =>
  Array.from(crypto.getRandomValues(new Uint8Array(hexDigits / 2)))
    .map(hex)
    .join('');
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

let services: TestServices;
beforeEach(async () => {
  services = await startServices();
});
afterEach(() => services.close());

/** What AWS would bill for the rows that were written to a table. */
function unitsWritten(table: string): number {
  return services.simulators.dynamodb
    .consumedCapacity()
    .filter((consumed) => consumed.table === table)
    .reduce((sum, { writeUnits }) => sum + writeUnits, 0);
}

/** Headers of known senders. */
const senders: Readonly<Record<string, () => HeaderList>> = {
  stripe: () => [
    ['Accept', '*/*; q=0.5, application/xml'],
    ['Cache-Control', 'no-cache'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Stripe-Signature', `t=1795643916,v1=${digest(64)},v0=${digest(64)}`],
    ['User-Agent', 'Stripe/1.0 (+https://stripe.com/docs/webhooks)'],
  ],
  github: () => [
    ['Accept', '*/*'],
    ['Content-Type', 'application/json'],
    ['User-Agent', `GitHub-Hookshot/${digest(8)}`],
    ['X-GitHub-Delivery', crypto.randomUUID()],
    ['X-GitHub-Event', 'issues'],
    ['X-GitHub-Hook-ID', '512430182'],
    ['X-GitHub-Hook-Installation-Target-ID', '79929171'],
    ['X-GitHub-Hook-Installation-Target-Type', 'repository'],
    ['X-Hub-Signature', `sha1=${digest(40)}`],
    ['X-Hub-Signature-256', `sha256=${digest(64)}`],
  ],
  'a sender of its own': () => [
    ['content-type', 'application/json'],
    ['user-agent', 'acme-billing/4.2 (node 24)'],
    ['authorization', '[masked]'],
    ['x-acme-signature', digest(64)],
    ['x-acme-tenant', 'north-europe-2'],
    ['traceparent', `00-${digest(32)}-${digest(16)}-01`],
  ],
};

/** Response headers of common servers. */
const receivers: Readonly<Record<string, () => HeaderList>> = {
  'Express behind nginx': () => [
    ['Server', 'nginx/1.28.0'],
    ['Date', 'Wed, 25 Nov 2026 21:58:36 GMT'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Content-Length', '17'],
    ['Connection', 'keep-alive'],
    ['X-Powered-By', 'Express'],
    ['ETag', `W/"11-${digest(26)}"`],
  ],
  'API Gateway': () => [
    ['Date', 'Wed, 25 Nov 2026 21:58:36 GMT'],
    ['Content-Type', 'application/json'],
    ['Content-Length', '17'],
    ['Connection', 'keep-alive'],
    ['x-amzn-RequestId', crypto.randomUUID()],
    ['x-amz-apigw-id', 'CyTpHGg5IAMEFyA='],
    ['X-Amzn-Trace-Id', `Root=1-${digest(8)}-${digest(24)};Parent=${digest(16)};Sampled=0;Lineage=1:${digest(8)}:0`],
  ],
  'Rails behind Cloudflare': () => [
    ['Date', 'Wed, 25 Nov 2026 21:58:36 GMT'],
    ['Content-Type', 'application/json'],
    ['Transfer-Encoding', 'chunked'],
    ['Connection', 'keep-alive'],
    ['Server', 'cloudflare'],
    ['CF-RAY', `${digest(16)}-CDG`],
    ['cf-cache-status', 'DYNAMIC'],
    ['strict-transport-security', 'max-age=15552000; includeSubDomains; preload'],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['x-request-id', crypto.randomUUID()],
    ['x-runtime', '0.031742'],
    ['vary', 'Accept-Encoding'],
    ['alt-svc', 'h3=":443"; ma=86400'],
    [
      'Report-To',
      `{"group":"cf-nel","max_age":604800,"endpoints":[{"url":"https://a.nel.cloudflare.com/report/v4?s=${digest(60)}"}]}`,
    ],
    ['NEL', '{"report_to":"cf-nel","success_fraction":0.0,"max_age":604800}'],
  ],
};

/** The headers that an HTTP destination gets: see docs/destinations/http.md. */
function succeeded(sender: string, receiver: string, startedAtMs: number): Attempt {
  const id = newId('evt');
  return {
    number: 1,
    startedAtMs,
    durationMs: 143,
    // 158 characters, and nothing can foresee most of them. Up to some 200 fit, whatever the headers.
    request: {
      method: 'POST',
      target: `https://hooks.${digest(16)}.acme.io/integrations/hawser/tenants/${digest(60)}/webhooks?region=${digest(14)}`,
      bodyFrom: 'transform',
    },
    requestHeaders: [
      ...(senders[sender]?.() ?? []),
      ['webhook-id', id],
      ['webhook-timestamp', String(Math.floor(startedAtMs / 1000))],
      ['webhook-signature', `v1,${Buffer.from(digest(64), 'hex').toString('base64')}`],
      ['X-Hawser-Event-Id', id],
      ['X-Hawser-Delivery-Id', newId('dlv')],
      ['X-Hawser-Attempt-Count', '1'],
      ['X-Hawser-Event-URL', `https://d2${digest(12)}.cloudfront.net/events/${id}`],
      ['CDN-Loop', 'hawser'],
      ['Content-Length', '1935'],
    ],
    response: {
      statusCode: 200,
      headers: receivers[receiver]?.() ?? [],
      body: Buffer.from('{"received":true}'),
      bodyTruncated: false,
    },
  };
}

/** What API Gateway adds on the way. */
const gateway = (): HeaderList => [
  ['Host', `${digest(10)}.execute-api.eu-west-3.amazonaws.com`],
  ['X-Amzn-Trace-Id', `Root=1-${digest(8)}-${digest(24)}`],
  ['X-Forwarded-For', '198.51.100.62'],
  ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Proto', 'https'],
];

const charge = Buffer.from(
  JSON.stringify(
    JSON.parse(readFileSync(new URL('../../test/fixtures/charge-succeeded.json', import.meta.url), 'utf8')),
  ),
);

/** The units of an event of so many bytes, cut from a real one. */
async function unitsOfEvent(sender: string, bytes: number): Promise<number> {
  const { dynamodb, s3 } = services.clients;
  const [table, bucket] = [resourceNames.events, resourceNames.bucket];
  const events = new EventStore({ dynamodb, s3, table, bucket, retentionDays });
  const headers = [...(senders[sender]?.() ?? []), ...gateway()];
  const head = { method: 'POST', path: '', query: '', headers, sourceIp: '198.51.100.62' };
  await events.put(source, head, charge.subarray(0, bytes), Date.UTC(2026, 10, 25));
  return unitsWritten(table);
}

const perDelivery = Object.keys(senders).flatMap((sender) =>
  Object.keys(receivers).map((receiver) => [sender, receiver]),
);

describe('write units, of 1 KiB each', () => {
  it.each(perDelivery)(
    'a delivery from %s to %s that succeeds at once costs one write unit',
    async (sender, receiver) => {
      const { dynamodb } = services.clients;
      const nowMs = Date.UTC(2026, 10, 25);
      const event = { id: newId('evt'), sourceId: source.id, organizationId: source.organizationId };
      const job = firstJob(event, { id: newId('con'), destinationId: newId('dst') });
      // A replay sent what the destination had missed.
      const missed = { ...job, deliveryId: newId('dlv'), startsReplay: true, replayedAtMs: nowMs };
      const log = new DeliveryLog({ dynamodb, table: resourceNames.deliveries, retentionDays });
      await log.recordAttempt(job, succeeded(sender ?? '', receiver ?? '', nowMs), { status: 'succeeded' });
      expect(unitsWritten(resourceNames.deliveries)).toBe(1);
      await log.recordAttempt(missed, succeeded(sender ?? '', receiver ?? '', nowMs), { status: 'succeeded' });
      expect(unitsWritten(resourceNames.deliveries)).toBe(2);
    },
  );

  it.each(Object.keys(senders))('an event of 1 KiB from %s costs one write unit', async (sender) => {
    expect(await unitsOfEvent(sender, 1_024)).toBe(1);
  });

  it.each(Object.keys(senders))('an event of 2 KB from %s costs two write units', async (sender) => {
    expect(await unitsOfEvent(sender, 2_000)).toBe(2);
  });
});
