import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isId, newId, type SourceId } from '../../core/ids.ts';
import type { IngestResponse } from '../../core/ingest-response.ts';
import { decodeRequest } from '../../core/stored-request.ts';
import { RestApiGateway } from '../../local/gateway/gateway.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { variable } from '../shared/environment.ts';
import { ConfigTable } from '../stores/config/config-table.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { EventStore } from '../stores/events.ts';

let services: TestServices;
let sources: SourceStore;
let events: EventStore;
let url: string;
const gateways: RestApiGateway[] = [];

beforeAll(async () => {
  services = await startServices();
  const { dynamodb, s3 } = services.clients;
  sources = new SourceStore(new ConfigTable(dynamodb, resourceNames.config));
  events = new EventStore({
    dynamodb,
    s3,
    table: resourceNames.events,
    bucket: resourceNames.bucket,
    retentionDays: 30,
  });
  url = await serve(resourceNames.events);
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  await services.close();
});

/** The function behind a real gateway. @param eventsTable where it stores */
async function serve(eventsTable: string): Promise<string> {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: services.endpointUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [variable.configTable]: resourceNames.config,
    [variable.eventsTable]: eventsTable,
    [variable.payloadBucket]: resourceNames.bucket,
    [variable.retentionDays]: '30',
  });
  vi.resetModules();
  const { handler } = await import('./handler.ts');
  const invoke = async (_: string, payload: string) => {
    const answer = await handler(JSON.parse(payload), {} as Parameters<typeof handler>[1]);
    return { ok: true as const, requestId: 'test', payload: JSON.stringify(answer) };
  };
  const routes = ['/in/{source_id}', '/in/{source_id}/{proxy+}'].map((path) => ({
    method: 'ANY' as const,
    path,
    functionArn: 'ingest',
  }));
  const spec = { apiId: 'test', stageName: 'live', binaryMediaTypes: ['*/*'], routes, gatewayResponses: {} };
  const gateway = new RestApiGateway({ runner: { invoke }, clock: services.clock, spec });
  gateways.push(gateway);
  const server = await gateway.listen(0);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const newSource = (response: IngestResponse | null = null) =>
  sources.create(newId('org'), { name: 'shop', description: null, response }, new Date());

async function post(path: string, body: Uint8Array<ArrayBuffer> | string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, { method: 'POST', body, ...init });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function stored(sourceId: SourceId) {
  const { items: list } = await events.list(sourceId, { limit: 100 });
  return Promise.all(
    list.map(async (event) => {
      const decoded = decodeRequest(event.request);
      return { id: event.id, head: decoded.head, kind: decoded.body.kind, body: await events.bodyOf(decoded) };
    }),
  );
}

describe('ingest', () => {
  it('answers 200 with the id of an event that is stored', async () => {
    const source = await newSource();
    const { status, body } = await post(`/in/${source.id}`, '{"order":7}');
    expect(status).toBe(200);
    expect(isId('evt', String(body.id))).toBe(true);
    const [event] = await stored(source.id);
    expect(event).toMatchObject({ id: body.id, head: { method: 'POST', path: '', query: '', sourceIp: '127.0.0.1' } });
    expect(String(event?.body)).toBe('{"order":7}');
  });

  it('answers what its source is told to, once the event is stored', async () => {
    const source = await newSource({ statusCode: 202, contentType: 'text/xml', body: '<Response>ü</Response>' });
    const response = await fetch(`${url}/in/${source.id}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(await response.text()).toBe('<Response>ü</Response>');
    const [event] = await stored(source.id);
    expect(response.headers.get('x-hawser-event-id')).toBe(event?.id);
  });

  it('answers 204 without a body', async () => {
    const source = await newSource({ statusCode: 204, contentType: 'text/plain', body: '' });
    const response = await fetch(`${url}/in/${source.id}`, { method: 'POST', body: '{}' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await stored(source.id)).toHaveLength(1);
  });

  it.each([null, { statusCode: 200, contentType: 'text/xml', body: '<x/>' } as const])(
    'answers nothing that a browser would run: %j',
    async (configured) => {
      const { headers } = await fetch(`${url}/in/${(await newSource(configured)).id}`);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('keeps method, path below the URL, query, and headers with their case and repetitions', async () => {
    const source = await newSource();
    const outgoing = request(`${url}/in/${source.id}/orders/paid%2Fnow?a=1&a=2&b=x%20y`, {
      method: 'PUT',
      headers: ['Host', new URL(url).host, 'X-Signature', 'abc', 'x-Multi', 'one', 'x-Multi', 'two'],
    });
    outgoing.end('{}');
    const [response] = await once(outgoing, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
    const [event] = await stored(source.id);
    expect(event?.head).toMatchObject({ method: 'PUT', path: '/orders/paid%2Fnow', query: 'a=1&a=2&b=x+y' });
    expect(event?.head.headers).toEqual(
      expect.arrayContaining([
        ['X-Signature', 'abc'],
        ['x-Multi', 'one'],
        ['x-Multi', 'two'],
      ]),
    );
  });

  it.each([
    ['empty', new Uint8Array(0), 'inline'],
    ['not UTF-8', Uint8Array.from([0xff, 0xfe, 0, 0x80]), 'inline'],
    [
      '100 KB of JSON',
      new TextEncoder().encode(JSON.stringify(Array(2_500).fill({ type: 'order.paid', n: 1 }))),
      'inline',
    ],
    ['40 KB that deflate to no less', crypto.getRandomValues(new Uint8Array(40_000)), 'object'],
    ['4,500,000 bytes, the limit', new Uint8Array(4_500_000).fill(120), 'object'],
  ])('stores a body byte for byte: %s', async (_, body, kind) => {
    const source = await newSource();
    expect((await post(`/in/${source.id}`, body)).status).toBe(200);
    const [event] = await stored(source.id);
    expect(event?.kind).toBe(kind);
    expect(Buffer.compare(event?.body ?? Buffer.from('none'), body)).toBe(0);
  });

  it('refuses a body over the limit with 413, names the limit, and stores nothing', async () => {
    const source = await newSource();
    const { status, body } = await post(`/in/${source.id}`, new Uint8Array(4_500_001));
    expect(status).toBe(413);
    expect(body).toMatchObject({ error: 'Payload Too Large', code: 'PAYLOAD_TOO_LARGE' });
    expect(body.message).toContain('4,500,000');
    expect(await stored(source.id)).toEqual([]);
  });

  it.each([newId('src'), newId('dst'), 'src_1', 'x', `${newId('src')}%00`])(
    'answers 404 to a source that does not exist: %s',
    async (id) => {
      const { status, body } = await post(`/in/${id}`, '{}');
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: 'Not Found', code: 'RESOURCE_NOT_FOUND', request_id: expect.any(String) });
    },
  );

  it('refuses the webhooks of a deleted source, at the latest after 5 s', async () => {
    const source = await newSource();
    expect((await post(`/in/${source.id}`, '{}')).status).toBe(200);
    await sources.delete(source.organizationId, source.id, {
      deleted_at: new Date().toISOString(),
      expires_at: Math.ceil(Date.now() / 1000) + 3600,
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_001 });
    try {
      expect((await post(`/in/${source.id}`, '{}')).status).toBe(404);
    } finally {
      vi.useRealTimers();
    }
  });

  it('answers 500 when the webhook could not be stored, so that the sender sends it again', async () => {
    const source = await newSource();
    const healthy = url;
    url = await serve('no-such-table');
    const { status, body } = await post(`/in/${source.id}`, '{}');
    url = healthy;
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'INTERNAL_ERROR', message: 'The webhook was not stored; send it again' });
    expect(JSON.stringify(body)).not.toContain('no-such-table');
    expect(await stored(source.id)).toEqual([]);
  });
});
