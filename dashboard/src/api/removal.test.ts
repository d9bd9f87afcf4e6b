import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { actIn } from './client.ts';
import { remove } from './removal.ts';

beforeEach(() => actIn('org_shown'));
afterEach(() => vi.unstubAllGlobals());

/** Gives these answers one after the other; `undefined` means no answer. */
function answering(...answers: (Response | undefined)[]): void {
  vi.stubGlobal('fetch', async () => {
    const answer = answers.shift();
    if (!answer) throw new TypeError('Failed to fetch');
    return answer;
  });
}

const gone = () => Response.json({ message: 'Source src_1 not found', code: 'RESOURCE_NOT_FOUND' }, { status: 404 });
const refused = (status: number) => Response.json({ message: 'No', code: 'REFUSED' }, { status });

describe('a DELETE without a response', () => {
  it('a DELETE without a response may have been done, and counts as done if a second one gets 404', async () => {
    answering(undefined, gone(), gone());
    await expect(remove('/v1/sources/src_1')).rejects.toMatchObject({
      message: 'The API can’t be reached. Are you online? It may have been done anyway, and can be sent again.',
      mayBeDone: true,
    });
    await remove('/v1/sources/src_1');
    // The outcome of the earlier one is known.
    await expect(remove('/v1/sources/src_1')).rejects.toMatchObject({ status: 404, mayBeDone: false });
  });

  it.each([
    ['500', () => refused(500)],
    ['502 of a proxy', () => new Response('<html>', { status: 502 })],
    ['200 that is cut off', () => new Response('{"na')],
  ])('a DELETE answered by %s may have been done', async (answer, of) => {
    const path = `/v1/sources/${encodeURIComponent(answer)}`;
    answering(of(), gone());
    await expect(remove(path)).rejects.toMatchObject({ mayBeDone: true });
    await remove(path);
  });

  it('a DELETE refused when sent again may still have been done', async () => {
    answering(undefined, refused(429), gone());
    await expect(remove('/v1/sources/src_2')).rejects.toMatchObject({ mayBeDone: true });
    await expect(remove('/v1/sources/src_2')).rejects.toMatchObject({ mayBeDone: true });
    await remove('/v1/sources/src_2');
  });

  it('a 404 of a proxy does not settle a DELETE', async () => {
    answering(undefined, new Response('<html>', { status: 404 }));
    await expect(remove('/v1/sources/src_3')).rejects.toMatchObject({ mayBeDone: true });
    await expect(remove('/v1/sources/src_3')).rejects.toMatchObject({ mayBeDone: true });
  });

  it('a DELETE without a response does not affect another path', async () => {
    answering(undefined, gone());
    await expect(remove('/v1/sources/src_4')).rejects.toThrow();
    await expect(remove('/v1/sources/src_5')).rejects.toMatchObject({ status: 404 });
  });
});

describe('a DELETE answered the first time', () => {
  it('a DELETE answered by 200 is done, and a second one gets 404', async () => {
    answering(Response.json({}), gone());
    await remove('/v1/sources/src_6');
    await expect(remove('/v1/sources/src_6')).rejects.toMatchObject({ status: 404 });
  });

  it.each([400, 401, 403, 404, 409, 429])('a DELETE answered by %i has not been done', async (status) => {
    answering(refused(status));
    await expect(remove('/v1/sources/src_7')).rejects.toMatchObject({ message: 'No', mayBeDone: false });
  });
});
