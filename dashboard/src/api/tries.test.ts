import { afterEach, describe, expect, it, vi } from 'vitest';
import { Tries } from './tries.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Answers one by one; `undefined` is none. @returns the keys that were sent, each a try */
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

const create = ({ post }: Tries, name = 'Orders') => post('/v1/destinations', { name });
const SENT_AGAIN = /It may have been done all the same: sent again as it is before .+, it is not done twice\.$/;

describe('a POST that was not answered', () => {
  it('has the same key when it is sent again, so that it is not done twice, and the next one another', async () => {
    const keys = answering(undefined, Response.json({}), Response.json({}));
    const tries = new Tries();
    await expect(create(tries)).rejects.toMatchObject({ message: expect.stringMatching(SENT_AGAIN), mayBeDone: true });
    await create(tries);
    await create(tries);
    const [first, again, next] = keys;
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(next).not.toBe(first);
  });

  it('is another request once it was changed', async () => {
    const keys = answering(undefined, Response.json({}));
    const tries = new Tries();
    await expect(create(tries)).rejects.toThrow();
    await create(tries, 'Orders of today');
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('is another request where somebody else sends it, or the same one another time', async () => {
    const keys = answering(undefined, Response.json({}));
    await expect(create(new Tries())).rejects.toThrow();
    await create(new Tries());
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('can be sent again until the time that is told, and is another request after that', async () => {
    vi.useFakeTimers({ now: new Date(2026, 0, 1, 12, 0, 59) });
    const keys = answering(undefined, undefined, undefined);
    const tries = new Tries();
    const at = (time: Date) => new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(time);
    await expect(create(tries)).rejects.toThrow(`before ${at(new Date(2026, 0, 1, 12, 15))}, it is`);
    vi.setSystemTime(new Date(2026, 0, 1, 12, 14, 59));
    await expect(create(tries)).rejects.toThrow(`before ${at(new Date(2026, 0, 1, 12, 15))}, it is`);
    vi.setSystemTime(new Date(2026, 0, 1, 12, 16));
    await expect(create(tries)).rejects.toThrow(`before ${at(new Date(2026, 0, 1, 12, 31))}, it is`);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});
