import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest } from '../testing/api.fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

type Named = { id: string; name: string }[];

/** Names of all that a list finds, page by page. */
async function namesIn(plural: string, query: Record<string, string>): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await api.ok('GET', `/v1/${plural}`, { query: { limit: '2', ...query, ...(cursor && { cursor }) } });
    names.push(...(page[plural] as Named).map(({ name }) => name));
    cursor = page.cursor;
  } while (cursor);
  return names.sort();
}

describe('destinations', () => {
  const find = (query: Record<string, string>) => namesIn('destinations', query);

  beforeAll(async () => {
    for (const [name, url, archive] of [
      ['Orders', 'https://api.example.com/orders', false],
      ['Backend API', 'https://hooks.example.net/in', true],
      ['ÜBER-Büro', 'https://example.org/ueber', false],
      ['100%_sure', 'https://example.org/Sure?a=[b]', false],
      ['order archive', 'https://example.org/archive', true],
    ] as const) {
      const { id } = await api.ok('POST', '/v1/destinations', { body: { name, url } });
      if (archive) await api.ok('POST', `/v1/destinations/${id}/archive`);
    }
  });

  it.each([
    ['order', ['Orders', 'order archive']],
    ['ORDERS', ['Orders']],
    ['  Orders ', ['Orders']],
    ['api', ['Backend API', 'Orders']],
    ['example.net', ['Backend API']],
    ['über', ['ÜBER-Büro']],
    ['%_', ['100%_sure']],
    ['[b]', ['100%_sure']],
    ['.*', []],
    ['nowhere', []],
  ])('destinations are found by a part of their name or URL, in any case: %s', async (search, names) => {
    expect(await find({ search })).toEqual(names);
  });

  it('destinations are filtered by whether they are archived', async () => {
    expect(await find({ archived: 'true' })).toEqual(['Backend API', 'order archive']);
    expect(await find({ archived: 'false' })).toEqual(['100%_sure', 'Orders', 'ÜBER-Büro']);
    expect(await find({})).toHaveLength(5);
  });

  it('destinations are filtered by whether they are enabled', async () => {
    const { destinations } = await api.ok('GET', '/v1/destinations', { query: { search: 'büro' } });
    const path = `/v1/destinations/${destinations[0].id}`;
    await api.ok('PATCH', path, { body: { enabled: false } });
    expect(await find({ enabled: 'false' })).toEqual(['ÜBER-Büro']);
    expect(await find({ enabled: 'true' })).toHaveLength(4);
    await api.ok('PATCH', path, { body: { enabled: true } });
    expect(await find({ enabled: 'false' })).toEqual([]);
  });

  it('several filters apply together', async () => {
    expect(await find({ archived: 'true', search: 'order', enabled: 'true', type: 'http' })).toEqual(['order archive']);
    expect(await find({ enabled: 'false' })).toEqual([]);
  });

  it.each([
    { archived: 'yes' },
    { archived: '' },
    { enabled: '1' },
    { type: 'carrier-pigeon' },
    { search: '' },
    { search: '  ' },
    { search: 'x'.repeat(201) },
  ])('an invalid filter is rejected: %o', async (query) => {
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/destinations', { query });
    expect(details).toEqual([{ path: Object.keys(query)[0], problem: expect.any(String) }]);
  });
});

describe('sources', () => {
  it('sources are found by a part of their name, in any case', async () => {
    for (const name of ['GitHub', 'gitlab', 'Stripe']) await api.ok('POST', '/v1/sources', { body: { name } });
    expect(await namesIn('sources', { search: 'git' })).toEqual(['GitHub', 'gitlab']);
    expect(await namesIn('sources', { search: 'STRIPE' })).toEqual(['Stripe']);
  });
});
