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

describe('a POST that was not answered', () => {
  /** Answers one by one. @returns the keys that were sent, each a try */
  function answering(...answers: (Response | undefined)[]): (string | null)[] {
    const keys: (string | null)[] = [];
    vi.stubGlobal('fetch', async (_: string, { headers }: RequestInit) => {
      keys.push(new Headers(headers).get('idempotency-key'));
      const answer = answers.shift();
      if (!answer) throw new TypeError('Failed to fetch');
      return answer;
    });
    return keys;
  }
  const create = (name = 'Orders') => api.post('/v1/destinations', { name });

  it('has the same key when it is sent again, so that it is not done twice, and the next one another', async () => {
    const keys = answering(undefined, Response.json({}), Response.json({}));
    await expect(create()).rejects.toThrow(
      'It may have been done all the same: as it is, it can be sent again, and is not done twice.',
    );
    await create();
    await create();
    const [first, again, next] = keys;
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(next).not.toBe(first);
  });

  it('is another request once it was changed', async () => {
    const keys = answering(undefined, Response.json({}));
    await expect(create()).rejects.toThrow();
    await create('Orders of today');
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('is still the same where one on the way has answered, or where it is still running', async () => {
    const running = { status: 409, headers: { 'retry-after': '5' } };
    const keys = answering(
      new Response('<html>', { status: 502 }),
      Response.json({ message: 'still running', code: 'CONFLICT' }, running),
      Response.json({ message: 'is taken', code: 'CONFLICT' }, { status: 409 }),
      Response.json({}),
    );
    for (const _ of [1, 2, 3]) await expect(create()).rejects.toThrow();
    await create();
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('is no session: that is begun anew', async () => {
    const keys = answering(Response.json({}));
    await api.post('/v1/session', { api_key: 'hwk_1' });
    expect(keys).toEqual([null]);
  });
});
