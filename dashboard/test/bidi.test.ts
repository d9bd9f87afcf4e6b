import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

/** A shop and a store room, in letters that are written from right to left. */
const [SHOP, STORE] = ['متجر', 'مخزن'];
/** Without a mark it reads as `abcexe.png`: https://trojansource.codes. */
const DISGUISED = 'abc\u202egnp.exe';
const BODY = `{"${SHOP}":"${STORE}","file":"${DISGUISED}","price":5}`;

describe.skipIf(!hasBrowser)(`right-to-left text in the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  withReceiver(answer(500, BODY));
  let paths: Readonly<Record<'source' | 'destination' | 'connection' | 'event' | 'delivery' | 'unsent', string>>;
  beforeAll(async () => {
    const { sourceId, ingestUrl, destinations } = await hawser.route(SHOP, {
      url: `${receiver.url}/broken`,
      name: STORE,
      description: `${STORE} ${DISGUISED}`,
      retry_max_attempts: 0,
    });
    await fetch(ingestUrl, { method: 'POST', body: BODY });
    const dead = await eventually('a dead letter', async () => {
      const { body } = await hawser.api<{
        dead_letters: { id: string; event_id: string; connection_id: string }[];
      }>('GET', '/v1/dead-letters');
      return body.dead_letters[0];
    });
    const transform = `function transform() { throw new Error('no ${SHOP} in ${DISGUISED}'); }`;
    const unsent = await hawser.route('Unsent', { url: receiver.url, name: 'Unsent', transform });
    await fetch(unsent.ingestUrl, { method: 'POST', body: '{}' });
    const failed = await eventually('a dead letter of a transform', async () => {
      const path = `/v1/dead-letters?destination_id=${unsent.destinations[0]?.id}`;
      const { body } = await hawser.api<{ dead_letters: { id: string }[] }>('GET', path);
      return body.dead_letters[0];
    });
    await hawser.api('POST', '/v1/api-keys', { name: SHOP, scope: 'read' });
    paths = {
      source: `/sources/${sourceId}`,
      destination: `/destinations/${destinations[0]?.id}`,
      connection: `/connections/${dead.connection_id}`,
      event: `/events/${dead.event_id}`,
      delivery: `/deliveries/${dead.id}`,
      unsent: `/deliveries/${failed.id}`,
    };
  }, 120_000);

  it('a connection reads from source to destination, on its page and in its title', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(paths.connection);
    await dashboard.settled();
    expect(await inOrderOfSight(page, 'h1', [SHOP, '→', STORE])).toEqual([SHOP, '→', STORE]);
    expect(await page.title()).toBe(`\u2068${SHOP}\u2069 → \u2068${STORE}\u2069 · Hawser`);
  });

  it('the parts of a body keep their order, and direction controls are visible', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(paths.event);
    await dashboard.settled();
    const body = page.getByRole('region', { name: 'body', exact: true });
    for (const tab of ['Pretty', 'Raw']) {
      await page.getByRole('tab', { name: tab }).click();
      await body.getByText('abcU+202Egnp.exe').waitFor();
      const parts = [SHOP, ':', STORE];
      expect([tab, await inOrderOfSight(page, '.code pre', parts)]).toEqual([tab, parts]);
    }
    const parts = ['file', 'abc', 'gnp.exe', 'price'];
    expect(await inOrderOfSight(page, '.code pre', parts)).toEqual(parts);
  });

  it('a body made to overload the browser uses few elements and keeps its order', async () => {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Much' });
    const body = 'ש1\u202e'.repeat(20_000);
    const { body: event } = await hawser.api<{ id: string }>('POST', '/v1/events', { source_id: source.id, body });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/events/${event.id}`);
    const pre = page.getByRole('region', { name: 'body', exact: true }).locator('pre');
    await pre.getByText('ש1[U+202E]ש1').waitFor();
    expect(await pre.locator('*').count()).toBe(1);
    expect(await pre.locator('bdo').evaluate((element) => getComputedStyle(element).direction)).toBe('ltr');
  });

  it('names are isolated on every page and reorder nothing beside them', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const problems: unknown[] = [];
    const lists = [
      '/',
      '/sources',
      '/connections',
      '/destinations',
      '/events',
      '/deliveries',
      '/dead-letters',
      '/keys',
    ];
    for (const path of [...lists, ...Object.values(paths)]) {
      await dashboard.goto(path);
      await dashboard.settled();
      problems.push(...(await bareTextsOf(page)).map((text) => [path, text]));
      // Where marks are.
      if (path === paths.event) problems.push(...(await problemsOf(dashboard, path)));
    }
    expect(problems).toEqual([]);
  });
});

/** Some parts of a text, as they stand from left to right, line by line. */
async function inOrderOfSight(page: Page, selector: string, parts: readonly string[]): Promise<readonly string[]> {
  return page
    .locator(selector)
    .first()
    .evaluate((element, wanted) => {
      const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const places: { part: string; top: number; left: number }[] = [];
      const missing = new Set(wanted);
      while (nodes.nextNode()) {
        const { currentNode: node } = nodes;
        for (const part of missing) {
          const start = node.textContent?.indexOf(part) ?? -1;
          if (start < 0) continue;
          const range = document.createRange();
          range.setStart(node, start);
          range.setEnd(node, start + part.length);
          const { bottom, left } = range.getBoundingClientRect();
          // Fonts differ in height: those of one line share its foot, more or less.
          places.push({ part, top: Math.round(bottom / 12), left });
          missing.delete(part);
        }
      }
      return places.toSorted((one, other) => one.top - other.top || one.left - other.left).map(({ part }) => part);
    }, parts);
}

/** What is written from right to left and has no isolation, and what turns the direction. */
async function bareTextsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const isBare = (text: string) => /[\u0600-\u06ff]/.test(text.replace(/\u2068[^\u2069]*\u2069/g, ''));
    const turns = (text: string) => /[\u200e\u200f\u202a-\u202e]/.test(text);
    const found: string[] = [];
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
      const { currentNode: node } = nodes;
      const text = node.textContent ?? '';
      const parent = node.parentElement;
      if (turns(text) || (isBare(text) && !parent?.closest('bdi, textarea, script'))) found.push(text);
    }
    for (const element of document.querySelectorAll('[title], [aria-label]')) {
      const text = `${element.getAttribute('title') ?? ''}${element.getAttribute('aria-label') ?? ''}`;
      if (isBare(text) || turns(text)) found.push(text);
    }
    if (isBare(document.title)) found.push(document.title);
    return found;
  });
}
