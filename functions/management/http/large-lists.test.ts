import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest } from '../testing/api.fixture.ts';

/** The largest response of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LAMBDA_BYTES = 6 * 1024 ** 2;
const MANY = 100;
/** Four bytes once encoded, as the response is JSON within the JSON that API Gateway takes. */
const LONG = '"';

let api: ApiUnderTest;
let sourceId: string;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ id: sourceId } = await api.ok('POST', '/v1/sources', { body: { name: 'Many' } }));
  const body = {
    url: 'https://example.com/hook',
    headers: Object.fromEntries(['X-1', 'X-2', 'X-3', 'X-4'].map((name) => [name, LONG.repeat(4_090)])),
    description: LONG.repeat(1_000),
    transform: `function transform() { return {}; } //${LONG.repeat(32_000)}`,
  };
  for (let i = 0; i < MANY; i++) await api.ok('POST', `/v1/sources/${sourceId}/destinations`, { body });
});
afterAll(() => api.close());

describe('a list of the largest possible items', () => {
  it.each([
    ['connections', '/v1/connections'],
    ['destinations', '/v1/destinations'],
    ['destinations', '/v1/sources/{id}/destinations'],
  ])('%s come once each, in pages that Lambda can return: %s', async (plural, path) => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const query = { limit: '100', ...(cursor && { cursor }) };
      const page = await api.ok('GET', path.replace('{id}', sourceId), { query });
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(page)))).toBeLessThan(LAMBDA_BYTES - 100_000);
      ids.push(...page[plural].map(({ id }: { id: string }) => id));
      cursor = page.cursor;
    } while (cursor);
    expect(ids).toHaveLength(MANY);
    expect(new Set(ids).size).toBe(MANY);
  });
});
