import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Hawser, ROOT_KEY } from '../support/hawser.ts';

let hawser: Hawser;
beforeAll(async () => {
  hawser = await Hawser.start();
});
afterAll(() => hawser.dispose());

const get = (path: string, init: RequestInit = {}) => fetch(`${hawser.url}${path}`, init);

/** Requests the path exactly as given: `fetch` would normalize it. */
function getRaw(path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(`${hawser.url}`, { path }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the dashboard', () => {
  it.each(['/', '/destinations', '/events/evt_019c1f7a2b3c7abc8def0123d00dfeed', '/events/..%2Fx', '/events/a.b'])(
    'the path %s shows the page, with its policy and uncached',
    async (path) => {
      const page = await get(path);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html');
      expect(page.headers.get('cache-control')).toBe('no-cache');
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      expect(page.headers.get('x-frame-options')).toBe('DENY');
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(await page.text()).toContain('<div id="app">');
    },
  );

  it('the page loads its files, and the policy blocks none of them', async () => {
    const text = await (await get('/')).text();
    expect(text).not.toMatch(
      /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:|(?:src|href)="(?:data|https?):/i,
    );
    const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThan(0);
    for (const path of assets) {
      const asset = await get(path, { headers: { 'accept-encoding': 'br' } });
      expect(asset.status).toBe(200);
      expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(asset.headers.get('content-type')).toMatch(/^text\/(javascript|css)$/);
      const tag = asset.headers.get('etag') ?? '';
      expect((await get(path, { headers: { 'if-none-match': tag } })).status).toBe(304);
    }
  });

  it.each(['/assets/none.js', '/assets/../../../package.json'])(
    'the missing file %s is a 404, not the page',
    async (path) => {
      const { status, text } = await getRaw(path);
      expect(status).toBe(404);
      expect(text).toContain('<Code>NoSuchKey</Code>');
    },
  );

  it.each(['/favicon.ico', '/..%2f..%2fpackage.json', '/events/%ff.', '/icon.svg/', '/assets%2f..%2fpackage.json'])(
    'the path %s shows the page, because it is not a file of the dashboard',
    async (path) => {
      const { status, text } = await getRaw(path);
      expect(status).toBe(200);
      expect(text).toContain('<div id="app">');
    },
  );

  it('the dashboard serves its icon', async () => {
    const icon = await get('/icon.svg');
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    expect(await icon.text()).toContain('<svg');
  });
});

describe('the API beside it', () => {
  it("the API gives its own responses, including 404s, without the dashboard's headers", async () => {
    for (const path of ['/v1', '/in']) {
      const half = await get(path);
      expect([path, half.status]).toEqual([path, 404]);
      expect(await half.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    }
    const missing = await get('/v1/nowhere');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    expect(missing.headers.has('content-security-policy')).toBe(false);
    const source = await get('/in/src_019c1f7a2b3c7abc8def0123d00dfeed', { method: 'POST', body: 'x' });
    expect(source.status).toBe(404);
    expect(await source.json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
  });

  it('login and changes are accepted from pages of this origin only', async () => {
    const login = (origin: string) =>
      get('/v1/session', { method: 'POST', headers: { origin }, body: JSON.stringify({ api_key: ROOT_KEY }) });
    expect((await login('https://elsewhere.example')).status).toBe(403);
    const loggedIn = await login(hawser.url);
    expect(loggedIn.status).toBe(201);
    const cookie = loggedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const create = (origin: string) =>
      get('/v1/sources', { method: 'POST', headers: { origin, cookie }, body: '{"name":"from a page"}' });
    expect((await create(hawser.url)).status).toBe(201);
    const refused = await create('https://elsewhere.example');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'FORBIDDEN' });
  });
});
