import { afterEach, describe, expect, it, vi } from 'vitest';
import { actIn, api } from './client.ts';

afterEach(() => vi.unstubAllGlobals());

it('a request names the organization that the page shows, also while it is asked anew whose session it is', async () => {
  const named: [path: string, organization: string | null][] = [];
  vi.stubGlobal('fetch', async (path: string, { headers }: RequestInit) => {
    named.push([path, new Headers(headers).get('x-hawser-organization')]);
    return Response.json({});
  });
  actIn('org_shown');
  await Promise.all([api.get('/v1/session'), api.post('/v1/sources', { name: 'late' })]);
  expect(named).toEqual([
    ['/v1/session', null],
    ['/v1/sources', 'org_shown'],
  ]);
});

it('a POST has an Idempotency-Key where one is given, and else none, as a session is begun anew', async () => {
  const keys: (string | null)[] = [];
  vi.stubGlobal('fetch', async (_: string, { headers }: RequestInit) => {
    keys.push(new Headers(headers).get('idempotency-key'));
    return Response.json({});
  });
  await api.post('/v1/session', { api_key: 'hwk_1' });
  await api.post('/v1/destinations', { name: 'Orders' }, 'a-key');
  expect(keys).toEqual([null, 'a-key']);
});

describe('an answer that is cut in the middle', () => {
  const cut = (error: Error) =>
    new Response(new ReadableStream({ start: (body) => body.error(error) }), { status: 200 });

  it('is none', async () => {
    vi.stubGlobal('fetch', async () => cut(new TypeError('network error')));
    await expect(api.get('/v1/sources')).rejects.toMatchObject({
      name: 'Problem',
      code: 'NO_ANSWER',
      status: 0,
      message: 'The API can’t be reached. Are you online?',
    });
  });

  it('is none in time where it ends no more', async () => {
    vi.stubGlobal('fetch', async () => cut(new DOMException('signal timed out', 'TimeoutError')));
    await expect(api.get('/v1/sources')).rejects.toMatchObject({ message: 'No answer within 35 seconds.', status: 0 });
  });
});
