import { afterEach, describe, expect, it, vi } from 'vitest';
import { actIn, api } from './client.ts';

afterEach(() => vi.unstubAllGlobals());

it('a request names the organization that the page shows, also while the session is being refreshed', async () => {
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

it('a POST has an Idempotency-Key only if one is given', async () => {
  const keys: (string | null)[] = [];
  vi.stubGlobal('fetch', async (_: string, { headers }: RequestInit) => {
    keys.push(new Headers(headers).get('idempotency-key'));
    return Response.json({});
  });
  await api.post('/v1/session', { api_key: 'hwk_1' });
  await api.post('/v1/destinations', { name: 'Orders' }, 'a-key');
  expect(keys).toEqual([null, 'a-key']);
});

describe('a response cut off midway', () => {
  const cut = (error: Error) =>
    new Response(new ReadableStream({ start: (body) => body.error(error) }), { status: 200 });

  it('a response cut off midway is reported as NO_ANSWER', async () => {
    vi.stubGlobal('fetch', async () => cut(new TypeError('network error')));
    await expect(api.get('/v1/sources')).rejects.toMatchObject({
      name: 'Problem',
      code: 'NO_ANSWER',
      status: 0,
      message: 'The API can’t be reached. Are you online?',
    });
  });

  it('a response that never ends is reported as a timeout', async () => {
    vi.stubGlobal('fetch', async () => cut(new DOMException('signal timed out', 'TimeoutError')));
    await expect(api.get('/v1/sources')).rejects.toMatchObject({ message: 'No answer within 35 seconds.', status: 0 });
  });
});
