import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Source } from '../../core/ingest/source.ts';
import { type Sender, type Sent, senders } from '../../core/verification/senders.fixture.ts';
import { resourceNames } from '../../test/support/services.ts';
import { variable } from '../shared/environment.ts';
import { IngestUnderTest } from './ingest.fixture.ts';

let ingest: IngestUnderTest;
let url: string;
let logged: string[];
beforeAll(async () => {
  ingest = await IngestUnderTest.start();
});
beforeEach(async () => {
  logged = [];
  url = await ingest.serve({ [variable.ingestUrl]: 'https://hooks.example.com' });
  const write = process.stdout.write.bind(process.stdout);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    if (!String(line).includes('"_aws"')) return write(line);
    logged.push(String(line));
    return true;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
afterAll(() => ingest.close());

const secret = 'the-secret-of-a-test';
const github = { type: 'github', secret };

async function send({ id }: Source, { headers = [], query = '', path = '', body }: Sent) {
  const init = { method: 'POST', headers: headers.map(([name, value]): [string, string] => [name, value]) };
  const response = await fetch(`${url}/in/${id}${path}?${query}`, { ...init, body: Buffer.from(body) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

const forged: Sent = { headers: [['X-Hub-Signature-256', 'sha256=00']], body: '{}' };

describe.each(senders)('a source of $name', (sender: Sender) => {
  const signedUrl = 'https://hooks.example.com/in/src_01a201474e377636aae23f36d2094ffe';
  const settings = ['twilio', 'square'].includes(sender.settings.current.type) ? { url: signedUrl } : {};

  it('genuine webhooks are accepted, and all others are refused', async () => {
    const source = await ingest.newSource({ verification: { ...sender.settings.current, ...settings } });
    const sent = await sender.send(sender.body, Date.now());
    expect(await send(source, { body: sent.body })).toMatchObject({ status: 401 });
    expect(await ingest.stored(source.id)).toEqual([]);
    expect(await send(source, sent)).toMatchObject({ status: 200 });
    const [event] = await ingest.stored(source.id);
    expect(String(event?.body)).toBe(String(sent.body));
  });
});

describe('a credential that authenticates the sender', () => {
  const credentials = senders.filter(({ signsBody }) => !signsBody);

  it.each(credentials)(
    'the credential of $name is not stored with the event',
    async ({ settings, body, send: sign }: Sender) => {
      const source = await ingest.newSource({ verification: settings.current });
      const sent = await sign(body, Date.now());
      const headers = [...(sent.headers ?? []), ['X-Other', 'kept'] as const];
      expect(await send(source, { ...sent, headers })).toMatchObject({ status: 200 });
      const [event] = await ingest.stored(source.id);
      const text = JSON.stringify(event?.head);
      expect(text).toContain('kept');
      expect(text).not.toContain('the-secret-of-today');
      expect(text).not.toContain(Buffer.from('the-secret-of-today').toString('base64').slice(4, 20));
    },
  );

  it('a header of the same name is stored if another scheme verifies the source', async () => {
    const source = await ingest.newSource();
    await send(source, { headers: [['Authorization', 'Bearer of-no-concern']], body: '{}' });
    const [event] = await ingest.stored(source.id);
    expect(event?.head.headers).toContainEqual(['Authorization', 'Bearer of-no-concern']);
  });
});

describe('a request that fails verification', () => {
  it('a refusal has the form of all errors, and does not say what is wrong', async () => {
    const source = await ingest.newSource({ verification: github });
    const { status, text } = await send(source, forged);
    expect(status).toBe(401);
    expect(JSON.parse(text)).toEqual({
      error: 'Unauthorized',
      message: 'The request could not be verified as coming from the sender of this source',
      code: 'UNAUTHORIZED',
      request_id: expect.any(String),
    });
  });

  it('each refusal is counted, and one event per five minutes announces their number', async () => {
    const source = await ingest.newSource({ verification: github });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    await Promise.all(Array.from({ length: 10 }, () => send(source, forged)));
    const detail = {
      version: 1,
      organization_id: source.organizationId,
      source_id: source.id,
      verification: 'github',
      reason: 'signature_mismatch',
      refused: 1,
    };
    const type = 'source.verification_failed';
    expect(await ingest.announced(source.id)).toEqual([{ type, detail }]);
    expect(logged).toHaveLength(10);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Hawser',
            Dimensions: [['FunctionName']],
            Metrics: [{ Name: 'VerificationFailures', Unit: 'Count' }],
          },
        ],
      },
      FunctionName: expect.any(String),
      VerificationFailures: 1,
      source_id: source.id,
      reason: 'signature_mismatch',
    });
    vi.setSystemTime(Date.now() + 300_000);
    await send(source, { body: '{}' });
    expect(await ingest.announced(source.id)).toEqual([
      { type, detail: { ...detail, reason: 'signature_missing', refused: 10 } },
    ]);
  });

  it('refusals cost no write and no call, however many there are', async () => {
    const source = await ingest.newSource({ verification: github });
    await send(source, forged);
    expect(ingest.calls.sort()).toEqual(['DecryptCommand', 'GetItemCommand', 'PutEventsCommand']);
    ingest.calls.length = 0;
    for (let sent = 0; sent < 20; sent++) expect((await send(source, forged)).status).toBe(401);
    expect(ingest.calls).toEqual([]);
  });

  it('a request is refused even if the bus does not accept the event', async () => {
    url = await ingest.serve({ [variable.eventBusName]: 'no-such-bus' });
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const source = await ingest.newSource({ verification: github });
    expect(await send(source, forged)).toMatchObject({ status: 401 });
    expect(await ingest.stored(source.id)).toEqual([]);
  });
});

describe('the secret of a source', () => {
  it('a secret is decrypted once, until it is replaced', async () => {
    const source = await ingest.newSource({ verification: { type: 'bearer', token: secret } });
    const sent = { headers: [['Authorization', `Bearer ${secret}`] as const], body: '{}' };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    expect(await send(source, sent)).toMatchObject({ status: 200 });
    vi.setSystemTime(Date.now() + 6_000);
    expect(await send(source, sent)).toMatchObject({ status: 200 });
    expect(ingest.calls.filter((name) => name === 'DecryptCommand')).toHaveLength(1);
    expect(ingest.calls.filter((name) => name === 'GetItemCommand')).toHaveLength(2);
  });

  it('a removed secret is no longer required after 5 s', async () => {
    const source = await ingest.newSource({ verification: github });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    expect(await send(source, forged)).toMatchObject({ status: 401 });
    await ingest.sources.update(source.organizationId, source.id, { verification: null }, new Date());
    vi.setSystemTime(Date.now() + 5_001);
    expect(await send(source, forged)).toMatchObject({ status: 200 });
  });

  it.each(['sealed_verification', 'shown_verification'])(
    'a source whose row has lost its %s accepts nothing',
    async (lost) => {
      vi.spyOn(console, 'error').mockImplementation(() => {});
      const source = await ingest.newSource({ verification: github });
      await ingest.services.clients.dynamodb.send(
        new UpdateItemCommand({
          TableName: resourceNames.config,
          Key: { pk: { S: source.id }, sk: { S: 'source' } },
          UpdateExpression: 'REMOVE #lost',
          ExpressionAttributeNames: { '#lost': lost },
        }),
      );
      expect(await send(source, forged)).toMatchObject({ status: 500 });
      expect(await ingest.stored(source.id)).toEqual([]);
    },
  );

  it('a source whose secret can not be decrypted accepts nothing, and answers so that the sender tries again', async () => {
    url = await ingest.serve({ [variable.credentialsKeyArn]: 'arn:aws:kms:us-east-1:000000000000:key/none' });
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const source = await ingest.newSource({ verification: github });
    expect(await send(source, forged)).toMatchObject({ status: 500 });
    expect(await ingest.stored(source.id)).toEqual([]);
  });
});

describe('a challenge', () => {
  const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY"}';
  const slack = senders.find(({ name }) => name === 'slack');

  it('a challenge is answered, and is not stored as an event', async () => {
    const source = await ingest.newSource({ verification: slack?.settings.current });
    const sent = await slack?.send(body, Date.now());
    const { status, text, headers } = await send(source, sent ?? { body });
    expect([status, text, headers.get('content-type')]).toEqual([200, '3eZbrw1aBm2rZgRNFdxV2595E9CY', 'text/plain']);
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(await ingest.stored(source.id)).toEqual([]);
  });

  it('a challenge of a stranger is refused', async () => {
    const source = await ingest.newSource({ verification: slack?.settings.current });
    expect(await send(source, { body })).toMatchObject({ status: 401 });
  });
});

describe('a sender that signs the URL', () => {
  const twilio = senders.find(({ name }) => name === 'twilio, a form');

  it('the signed URL is the ingest URL of the source with the path and query below it', async () => {
    const { twilioSignature } = await import('../../core/verification/senders.fixture.ts');
    const token = 'the-secret-of-today';
    const source = await ingest.newSource({ verification: twilio?.settings.current });
    const [path, query, body] = ['/voice/in', 'a=x%20y&To=sip%3Aa%40b', 'From=%2B1&Body=hi'];
    const signedUrl = `https://hooks.example.com/in/${source.id}${path}?${query}`;
    const headers = [['X-Twilio-Signature', twilioSignature(token, signedUrl, body)] as const];
    expect(await send(source, { headers, path, query, body })).toMatchObject({ status: 200 });
    expect(await send(source, { headers, path: '/voice/out', query, body })).toMatchObject({ status: 401 });
  });
});
