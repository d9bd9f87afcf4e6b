import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../http/routes.ts';
import { openApiDocument } from '../openapi/document.ts';
import { methods } from '../openapi/types.ts';
import { ApiUnderTest, PUBLIC_URL } from '../testing/api.fixture.ts';
import { referencePage } from './page.ts';

const document = openApiDocument(routes, 'https://hooks.example.com');
const page = referencePage(document);

describe('the reference page', () => {
  it('every operation, schema and error code has an anchor, and each link leads to one', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const operations = Object.values(document.paths).flatMap((item) => methods.flatMap((method) => item[method] ?? []));
    expect(ids).toEqual(expect.arrayContaining(operations.map(({ operationId }) => operationId)));
    expect(ids).toEqual(
      expect.arrayContaining(Object.keys(document.components.schemas).map((name) => `schema-${name}`)),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  it('the page shows how to call an operation', () => {
    expect(page).toContain(
      'curl https://hooks.example.com/v1/sources/src_01a201474e377636aae23f36d2094ffe/destinations \\\n' +
        '  -H &#39;Authorization: Bearer KEY&#39; \\\n  -d &#39;{&quot;name&quot;:&quot;Orders&quot;',
    );
  });

  it('the page has no script and loads nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/i);
  });

  it('texts of the document are escaped', () => {
    const evil = `<img src=x onerror=alert(1)>"'&`;
    const spoilt = JSON.parse(
      JSON.stringify(document, (key, value: unknown) =>
        typeof value === 'string' && !['$ref', 'type', 'operationId', 'in'].includes(key) ? `${value}${evil}` : value,
      ),
    );
    spoilt.tags = document.tags;
    for (const item of Object.values(spoilt.paths as typeof document.paths)) {
      for (const method of methods) Object.assign(item[method] ?? {}, { tags: ['Sources'] });
    }
    const spoiltPage = referencePage(spoilt);
    expect(spoiltPage).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(spoiltPage).not.toContain('<img');
  });
});

describe('GET /v1/reference', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await ApiUnderTest.start();
  });
  afterAll(() => api.close());

  it('everyone gets the page, with a policy that allows nothing but its own style', async () => {
    const { status, headers, body } = await api.call('GET', '/v1/reference', { headers: {} });
    expect(status).toBe(200);
    expect(body).toBe(referencePage(openApiDocument(routes, PUBLIC_URL)));
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
  });

  it('the route ignores keys and rejects parameters', async () => {
    expect((await api.call('GET', '/v1/reference', { key: 'wrong' })).status).toBe(200);
    await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/openapi.json', { query: { colour: 'red' }, headers: {} });
  });
});
