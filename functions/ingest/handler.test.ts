import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isId, newId, type SourceId } from '../../core/ids.ts';
import { variable } from '../shared/environment.ts';
import { IngestUnderTest } from './ingest.fixture.ts';

let ingest: IngestUnderTest;
let url: string;
beforeAll(async () => {
  ingest = await IngestUnderTest.start();
  url = await ingest.serve();
});
afterAll(() => ingest.close());

const newSource = (response: object | null = null) => ingest.newSource({ response });
const stored = (sourceId: SourceId) => ingest.stored(sourceId);

async function post(path: string, body: Uint8Array<ArrayBuffer> | string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, { method: 'POST', body, ...init });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('ingest', () => {
  it('ingest answers 200 with the id of the stored event', async () => {
    const source = await newSource();
    const { status, body } = await post(`/in/${source.id}`, '{"order":7}');
    expect(status).toBe(200);
    expect(isId('evt', String(body.id))).toBe(true);
    const [event] = await stored(source.id);
    expect(event).toMatchObject({ id: body.id, head: { method: 'POST', path: '', query: '', sourceIp: '127.0.0.1' } });
    expect(String(event?.body)).toBe('{"order":7}');
  });

  it('ingest sends the configured response of the source once the event is stored', async () => {
    const source = await newSource({ status_code: 202, content_type: 'text/xml', body: '<Response>ü</Response>' });
    const response = await fetch(`${url}/in/${source.id}`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(await response.text()).toBe('<Response>ü</Response>');
    const [event] = await stored(source.id);
    expect(response.headers.get('x-hawser-event-id')).toBe(event?.id);
  });

  it('a configured 204 has no body', async () => {
    const source = await newSource({ status_code: 204 });
    const response = await fetch(`${url}/in/${source.id}`, { method: 'POST', body: '{}' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await stored(source.id)).toHaveLength(1);
  });

  it.each([null, { content_type: 'text/xml', body: '<x/>' }])(
    'a browser runs nothing in the response %j',
    async (configured) => {
      const { headers } = await fetch(`${url}/in/${(await newSource(configured)).id}`);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('method, path below the URL, query sorted by name, and headers with their case and repetitions are kept', async () => {
    const source = await newSource();
    const outgoing = request(`${url}/in/${source.id}/orders/paid%2Fnow?b=x%20y&a=2&10=z&a=1`, {
      method: 'PUT',
      headers: ['Host', new URL(url).host, 'X-Signature', 'abc', 'x-Multi', 'one', 'x-Multi', 'two'],
    });
    outgoing.end('{}');
    const [response] = await once(outgoing, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
    const [event] = await stored(source.id);
    expect(event?.head).toMatchObject({ method: 'PUT', path: '/orders/paid%2Fnow', query: '10=z&a=2&a=1&b=x+y' });
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
  ])('a body is stored byte for byte: %s', async (_, body, kind) => {
    const source = await newSource();
    expect((await post(`/in/${source.id}`, body)).status).toBe(200);
    const [event] = await stored(source.id);
    expect(event?.kind).toBe(kind);
    expect(Buffer.compare(event?.body ?? Buffer.from('none'), body)).toBe(0);
  });

  it('a body over the limit is refused with 413 that names the limit, and is not stored', async () => {
    const source = await newSource();
    const { status, body } = await post(`/in/${source.id}`, new Uint8Array(4_500_001));
    expect(status).toBe(413);
    expect(body).toMatchObject({ error: 'Payload Too Large', code: 'PAYLOAD_TOO_LARGE' });
    expect(body.message).toContain('4,500,000');
    expect(await stored(source.id)).toEqual([]);
  });

  it('a webhook that has passed through Hawser seven times is accepted, and refused with 508 the next time', async () => {
    const source = await newSource();
    const through = (loop: string) => post(`/in/${source.id}`, '{}', { headers: { 'CDN-Loop': loop } });
    const sevenTimes = Array(7).fill('hawser').join(', ');
    expect((await through(`cloudflare; loops=1, ${sevenTimes}`)).status).toBe(200);
    const { status, body } = await through(`${sevenTimes}, fastly, hawser`);
    expect(status).toBe(508);
    expect(body).toMatchObject({ error: 'Loop Detected', code: 'LOOP_DETECTED', request_id: expect.any(String) });
    expect(body.message).toContain('destination that leads back');
    expect(await stored(source.id)).toHaveLength(1);
  });

  it('a loop that fails verification is answered 401, which raises no alarm', async () => {
    const source = await ingest.newSource({ verification: { type: 'bearer', token: 'the-token-of-a-test' } });
    const headers = { 'CDN-Loop': Array(8).fill('hawser').join() };
    expect((await post(`/in/${source.id}`, '{}', { headers })).status).toBe(401);
  });

  it('passes through Hawser are added up over several lines of the header', async () => {
    const source = await newSource();
    const outgoing = request(`${url}/in/${source.id}`, {
      method: 'POST',
      headers: ['Host', new URL(url).host, ...Array(4).fill(['CDN-Loop', 'hawser, hawser']).flat()],
    });
    outgoing.end('{}');
    const [response] = await once(outgoing, 'response');
    response.resume();
    expect(response.statusCode).toBe(508);
    expect(await stored(source.id)).toEqual([]);
  });

  it.each([newId('src'), newId('dst'), 'src_1', 'x', `${newId('src')}%00`])(
    'an unknown source is answered 404: %s',
    async (id) => {
      const { status, body } = await post(`/in/${id}`, '{}');
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: 'Not Found', code: 'RESOURCE_NOT_FOUND', request_id: expect.any(String) });
    },
  );

  it('webhooks for a deleted source are refused after 5 s at the latest', async () => {
    const source = await newSource();
    expect((await post(`/in/${source.id}`, '{}')).status).toBe(200);
    await ingest.sources.delete(source.organizationId, source.id, {
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

  it('a webhook that could not be stored is answered 500, so that the sender sends it again', async () => {
    const source = await newSource();
    const healthy = url;
    url = await ingest.serve({ [variable.eventsTable]: 'no-such-table' });
    const { status, body } = await post(`/in/${source.id}`, '{}');
    url = healthy;
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'INTERNAL_ERROR', message: 'The webhook was not stored; send it again' });
    expect(JSON.stringify(body)).not.toContain('no-such-table');
    expect(await stored(source.id)).toEqual([]);
  });
});
