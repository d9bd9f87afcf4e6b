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

describe('a DELETE that was not answered', () => {
  it('is said to have been done, perhaps, and has been where it is not there when it is sent again', async () => {
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
    ['502 of who stands before the API', () => new Response('<html>', { status: 502 })],
    ['200 that is cut', () => new Response('{"na')],
  ])('is one that gets a %s, too', async (answer, of) => {
    const path = `/v1/sources/${encodeURIComponent(answer)}`;
    answering(of(), gone());
    await expect(remove(path)).rejects.toMatchObject({ mayBeDone: true });
    await remove(path);
  });

  it('may still have been done where it is refused when it is sent again', async () => {
    answering(undefined, refused(429), gone());
    await expect(remove('/v1/sources/src_2')).rejects.toMatchObject({ mayBeDone: true });
    await expect(remove('/v1/sources/src_2')).rejects.toMatchObject({ mayBeDone: true });
    await remove('/v1/sources/src_2');
  });

  it('is not known by one who stands before the API and knows of nothing', async () => {
    answering(undefined, new Response('<html>', { status: 404 }));
    await expect(remove('/v1/sources/src_3')).rejects.toMatchObject({ mayBeDone: true });
    await expect(remove('/v1/sources/src_3')).rejects.toMatchObject({ mayBeDone: true });
  });

  it('says nothing about another one', async () => {
    answering(undefined, gone());
    await expect(remove('/v1/sources/src_4')).rejects.toThrow();
    await expect(remove('/v1/sources/src_5')).rejects.toMatchObject({ status: 404 });
  });
});

describe('a DELETE that is answered for the first time', () => {
  it('is done', async () => {
    answering(Response.json({}), gone());
    await remove('/v1/sources/src_6');
    await expect(remove('/v1/sources/src_6')).rejects.toMatchObject({ status: 404 });
  });

  it.each([400, 401, 403, 404, 409, 429])('by a %i has not been', async (status) => {
    answering(refused(status));
    await expect(remove('/v1/sources/src_7')).rejects.toMatchObject({ message: 'No', mayBeDone: false });
  });
});
