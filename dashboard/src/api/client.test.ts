import { afterEach, expect, it, vi } from 'vitest';
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
