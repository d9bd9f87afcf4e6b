import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { actIn } from './client.ts';
import { IdempotentPosts } from './idempotent-posts.ts';

// Signs in again, in case a test has ended the session.
beforeEach(() => actIn('org_shown'));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Gives these answers one after the other; `undefined` means no answer. @returns the keys that were sent, one per try */
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

const create = ({ post }: IdempotentPosts, name = 'Orders') => post('/v1/destinations', { name });
const SENT_AGAIN = /It may have been done anyway\. If you send it again unchanged before .+, it is not done twice\.$/;

describe('a POST without a response', () => {
  it('a POST sent again has the same key, and the next one a new key', async () => {
    const keys = answering(undefined, Response.json({}), Response.json({}));
    const posts = new IdempotentPosts();
    await expect(create(posts)).rejects.toMatchObject({ message: expect.stringMatching(SENT_AGAIN), mayBeDone: true });
    await create(posts);
    await create(posts);
    const [first, again, next] = keys;
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(next).not.toBe(first);
  });

  it.each([
    ['The API can’t be reached. Are you online?', undefined],
    ['Endpoint request timed out.', Response.json({ message: 'Endpoint request timed out' }, { status: 504 })],
    ['No answer yet.', Response.json({ message: 'No answer yet.' }, { status: 504 })],
  ])('the message is made of whole sentences: %s', async (sentence, answer) => {
    vi.useFakeTimers({ now: new Date(2026, 0, 1, 12) });
    answering(answer);
    const until = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(new Date(2026, 0, 1, 12, 15));
    await expect(create(new IdempotentPosts())).rejects.toMatchObject({
      message: `${sentence} It may have been done anyway. If you send it again unchanged before ${until}, it is not done twice.`,
    });
  });

  it('a POST sent again after the session was renewed keeps its key', async () => {
    const keys = answering(undefined, Response.json({ message: 'No session' }, { status: 401 }), Response.json({}));
    const posts = new IdempotentPosts();
    await expect(create(posts)).rejects.toThrow(SENT_AGAIN);
    await expect(create(posts)).rejects.toThrow(SENT_AGAIN);
    // The page knows this, and sends no request.
    await expect(create(posts)).rejects.toThrow(SENT_AGAIN);
    actIn('org_shown');
    await create(posts);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('a changed POST gets a new key', async () => {
    const keys = answering(undefined, Response.json({}));
    const posts = new IdempotentPosts();
    await expect(create(posts)).rejects.toThrow();
    await create(posts, 'Orders of today');
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('the same POST of another action gets a new key', async () => {
    const keys = answering(undefined, Response.json({}));
    await expect(create(new IdempotentPosts())).rejects.toThrow();
    await create(new IdempotentPosts());
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('a POST keeps its key until the announced time, and gets a new one after that', async () => {
    vi.useFakeTimers({ now: new Date(2026, 0, 1, 12, 0, 59) });
    const keys = answering(undefined, undefined, undefined);
    const posts = new IdempotentPosts();
    const at = (time: Date) => new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(time);
    await expect(create(posts)).rejects.toThrow(`before ${at(new Date(2026, 0, 1, 12, 15))}, it is`);
    vi.setSystemTime(new Date(2026, 0, 1, 12, 14, 59));
    await expect(create(posts)).rejects.toThrow(`before ${at(new Date(2026, 0, 1, 12, 15))}, it is`);
    vi.setSystemTime(new Date(2026, 0, 1, 12, 16));
    await expect(create(posts)).rejects.toThrow(`before ${at(new Date(2026, 0, 1, 12, 31))}, it is`);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});

describe('a POST sent again and refused', () => {
  const refused = (status: number, code: string, headers?: HeadersInit) =>
    Response.json({ message: `Refused with ${status}`, code }, { status, ...(headers && { headers }) });
  const soon = { 'retry-after': '5' };

  it.each<[told: string, answer: () => Response]>([
    ['400', () => refused(400, 'VALIDATION_FAILED')],
    ['401', () => refused(401, 'UNAUTHORIZED')],
    ['403', () => refused(403, 'FORBIDDEN')],
    ['404 of a proxy', () => new Response('<html>', { status: 404 })],
    ['409 with Retry-After', () => refused(409, 'CONFLICT', soon)],
    ['413', () => refused(413, 'PAYLOAD_TOO_LARGE')],
    ['429', () => refused(429, 'TOO_MANY_REQUESTS', soon)],
    ['500', () => refused(500, 'INTERNAL_ERROR')],
    ['502 of a proxy', () => new Response('<html>', { status: 502 })],
    ['503 with Retry-After', () => refused(503, 'SERVICE_UNAVAILABLE', soon)],
    ['504 of API Gateway', () => Response.json({ message: 'Endpoint request timed out' }, { status: 504 })],
  ])('a POST refused with %s may still have been done, and keeps its key', async (_, answer) => {
    const keys = answering(undefined, answer(), Response.json({}));
    const posts = new IdempotentPosts();
    await expect(create(posts)).rejects.toThrow(SENT_AGAIN);
    await expect(create(posts)).rejects.toThrow(SENT_AGAIN);
    actIn('org_shown');
    await create(posts);
    expect(new Set(keys).size).toBe(1);
  });

  it.each([
    ['404', () => refused(404, 'RESOURCE_NOT_FOUND')],
    ['409', () => refused(409, 'CONFLICT')],
  ])('a POST refused with %s is settled, and the next one gets a new key', async (_, answer) => {
    const keys = answering(undefined, answer(), Response.json({}));
    const posts = new IdempotentPosts();
    await expect(create(posts)).rejects.toThrow(SENT_AGAIN);
    await expect(create(posts)).rejects.toMatchObject({ mayBeDone: false });
    await create(posts);
    expect(keys[2]).not.toBe(keys[0]);
  });
});

describe('a POST answered the first time', () => {
  it.each<[told: string, answer: () => Response]>([
    ['502', () => new Response('<html>', { status: 502 })],
    ['504', () => Response.json({ message: 'Endpoint request timed out' }, { status: 504 })],
    ['500', () => Response.json({ message: 'Broken', code: 'INTERNAL_ERROR' }, { status: 500 })],
    ['200 of another server', () => new Response('<html>')],
    [
      '200 that is cut off',
      () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError('cut')) })),
    ],
    [
      '409 with Retry-After while the same request is running',
      () => Response.json({ message: 'Running', code: 'CONFLICT' }, { status: 409, headers: { 'retry-after': '5' } }),
    ],
  ])('a POST answered by %s may have been done', async (_, answer) => {
    answering(answer());
    await expect(create(new IdempotentPosts())).rejects.toThrow(SENT_AGAIN);
  });

  it.each([400, 401, 403, 404, 409, 429])('a POST answered by %i has not been done', async (status) => {
    answering(Response.json({ message: 'No', code: 'REFUSED' }, { status }));
    await expect(create(new IdempotentPosts())).rejects.toMatchObject({ message: 'No', mayBeDone: false });
  });
});
