import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import type { Health, OverviewResponse } from '../src/api/types.ts';
import { Dashboard, hasBrowser, inABrowser, phone, wide } from './browser.ts';
import { hostileWorld } from './hostile-world.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await receiver.stop();
  });

  it('a wrong key is refused with a message', async () => {
    const { page, ...dashboard } = await Dashboard.open(browser, hawser);
    await page.goto(hawser.url);
    await page.getByLabel('API key').fill('hwk_not-a-key-of-anybody');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The API key is not valid').waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('a newcomer is guided to the first delivery, and can send a failed one again', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.getByRole('heading', { name: 'Three steps to the first delivery' }).waitFor();

    await page.getByRole('link', { name: 'Make a source' }).click();
    await page.getByRole('button', { name: 'New source' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('GitHub');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'GitHub' }).waitFor();
    const command = await page.getByRole('region', { name: 'command' }).innerText();
    const ingestUrl = /http\S+/.exec(command)?.[0] ?? '';

    const done = page.getByRole('listitem').filter({ hasText: /done$/ });
    await page.getByRole('link', { name: 'Overview' }).click();
    await done.filter({ hasText: 'Make a source' }).waitFor();
    expect(await done.count()).toBe(1);
    await page.getByRole('link', { name: 'Make a destination' }).click();
    await page.getByLabel('URL').fill(receiver.url);
    await page.getByLabel('Name').fill('Orders');
    await page.getByLabel('Connect this source to it').selectOption({ label: 'GitHub' });
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Its signing secret').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Orders is there');
    expect(await page.getByRole('region', { name: 'secret' }).innerText()).toMatch(/^whsec_/);

    await page.getByRole('link', { name: 'Overview' }).click();
    await done.filter({ hasText: 'Make a destination' }).waitFor();
    expect(await done.count()).toBe(2);
    await page.getByRole('link', { name: 'the curl line that the source shows' }).click();
    await page.getByRole('heading', { level: 1, name: 'GitHub' }).waitFor();
    expect(await page.getByRole('region', { name: 'command' }).innerText()).toBe(command);

    await fetch(ingestUrl, { method: 'POST', body: '{"hello":"world"}' });
    await receiver.until((received) => received.length === 1);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('link', { name: /^evt_/ }).first().click();
    await page.getByText('succeeded').waitFor();
    await page.getByText('"hello": "world"').waitFor();

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('Three steps').waitFor({ state: 'detached' });
    await page.goBack();
    receiver.behave = answer(422, 'not today');
    await page.getByRole('link', { name: 'Orders' }).click();
    await page.getByText('Settings').click();
    await page.getByLabel('Retry max attempts').fill('0');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    await settingsToBeKnown();
    await fetch(ingestUrl, { method: 'POST', body: '{"hello":"again"}' });
    await receiver.until((received) => received.length === 2);
    receiver.behave = answer(200);

    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByRole('checkbox', { name: /^Select dlv_/ }).check();
    await page.getByText('1 selected').waitFor();
    await page.getByRole('button', { name: 'Send again', exact: true }).click();
    await receiver.until((received) => received.length === 3);
    await page.getByRole('heading', { name: 'No dead letters' }).waitFor();
    expect(receiver.received[2]?.headers['webhook-id']).toBe(receiver.received[1]?.headers['webhook-id']);
    expect(dashboard.complaints).toEqual([]);
  });

  describe('with hostile content', () => {
    let pages: readonly (readonly [page: string, path: string])[] | undefined;
    beforeEach(async () => {
      pages ??= await hostileWorld(hawser, receiver);
    });

    it('pages with hostile content are accessible, fit the screen and run none of it, on a wide light screen and a dark phone', async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const problems: unknown[] = [];
      for (const [name, path] of pages ?? []) {
        await dashboard.goto(path);
        await dashboard.settled();
        for (const { viewport, colorScheme } of [phone, wide]) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          problems.push(...(await problemsOf(dashboard, `${name}, ${colorScheme}`)));
        }
      }
      expect(problems).toEqual([]);
      expect(dashboard.complaints).toEqual([]);
    });
  });

  it('a filter and a transform can be tried on a received event, and apply to the next one once saved', async () => {
    const { ingestUrl } = await hawser.route('Shop', { url: receiver.url, name: 'Bookkeeping' });
    await fetch(ingestUrl, { method: 'POST', body: '{"type":"order.paid","total":5}' });
    await receiver.until((received) => received.length === 1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.getByRole('link', { name: 'Sources', exact: true }).click();
    await page.getByRole('link', { name: 'Shop', exact: true }).click();
    await page.getByRole('link', { name: 'everything' }).click();

    const filter = page.getByRole('region', { name: 'Filter' });
    await filter.getByRole('textbox').fill('{"body":{"type":"order.refunded"}}');
    await filter.getByRole('button', { name: 'Try' }).click();
    await filter.getByText('kept out').waitFor();
    await filter.getByRole('textbox').fill('{"body":{"type":"order.paid","total":{"$gt":5}},"method":"POST"}');
    await filter.getByRole('button', { name: 'Try' }).click();
    await filter.getByText('kept out by').waitFor();
    expect(await filter.getByRole('status').getByRole('listitem').allInnerTexts()).toEqual([
      '{"body":{"total":{"$gt":5}}}',
    ]);
    // The result of a test applies only to the text that was tested.
    await filter.getByRole('textbox').fill('{bad');
    await filter.getByText('kept out').waitFor({ state: 'detached' });
    await filter.getByRole('button', { name: 'Try' }).click();
    await filter.getByText('The filter is not JSON').waitFor();
    await filter.getByRole('textbox').fill('{"body":{"type":{"$like":"order"}}}');
    await filter.getByText('The filter is not JSON').waitFor({ state: 'detached' });
    await filter.getByRole('button', { name: 'Save filter' }).click();
    await filter.getByRole('alert').getByText('$like').first().waitFor();

    const transform = page.getByRole('region', { name: 'Transform' });
    await transform.getByRole('textbox').fill('function transform(event) {\n  return event.json.customer.name;\n}');
    await transform.getByRole('button', { name: 'Try' }).click();
    await transform.getByText('(line 2)').waitFor();
    await transform
      .getByRole('textbox')
      .fill('function transform({ json }) { return { body: { paid: json.total } }; }');
    await transform.getByRole('button', { name: 'Try' }).click();
    await transform.getByText('"paid": 5').waitFor();
    await transform.getByRole('button', { name: 'Save transform' }).click();
    await page.getByText('The transform is saved').waitFor();

    await settingsToBeKnown();
    await fetch(ingestUrl, { method: 'POST', body: '{"type":"order.paid","total":7}' });
    await receiver.until((received) => received.length === 2);
    expect(receiver.received[1]?.body.toString()).toBe('{"paid":7}');
    expect(dashboard.complaints).toEqual([
      'Failed to load resource: the server responded with a status of 400 (Bad Request)',
    ]);
  });

  it('a newcomer whose destination is not connected is led to where to connect it', async () => {
    const begun = { 'X-Hawser-Organization': 'team-begun' };
    await hawser.api('POST', '/v1/organizations', { name: 'team-begun' });
    await hawser.api('POST', '/v1/sources', { name: 'Shop' }, begun);
    await hawser.api('POST', '/v1/destinations', { name: 'Books', url: receiver.url }, begun);
    const { body } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name: 'b', scope: 'write' }, begun);
    const dashboard = await Dashboard.signedIn(browser, hawser, phone, body.key);
    const { page } = dashboard;
    await page.getByRole('link', { name: 'make another destination' }).waitFor();
    expect(await problemsOf(dashboard, 'first steps')).toEqual([]);
    await page.getByRole('link', { name: 'Connect the source' }).click();
    await page.getByRole('button', { name: 'New connection' }).first().waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('a read-only key is offered no first steps, and told who can take them', async () => {
    const name = 'team-read-only';
    const only = { 'X-Hawser-Organization': name };
    await hawser.api('POST', '/v1/organizations', { name });
    const { body } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name: 'r', scope: 'read' }, only);
    const dashboard = await Dashboard.signedIn(browser, hawser, phone, body.key);
    const { page } = dashboard;
    const steps = page.getByRole('main').locator('.empty');
    await steps.getByText('Somebody with a key of the scope write or admin makes a source').waitFor();
    expect(await steps.getByRole('link').count()).toBe(0);
    expect(await problemsOf(dashboard, 'first steps of who only reads')).toEqual([]);
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Shop' }, only);
    await hawser.api('POST', '/v1/destinations', { name: 'Books', url: receiver.url }, only);
    await page.reload();
    await steps.getByText('done').waitFor();
    expect(await steps.getByRole('link').count()).toBe(0);
    await dashboard.goto(`/sources/${source.id}`);
    const nowhere = page.getByText(/Nowhere yet.* Somebody with a key of the scope write or admin/);
    await nowhere.waitFor();
    expect(await nowhere.getByRole('link').count()).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });

  it('the overview counts events and their deliveries', async () => {
    const organization = { 'X-Hawser-Organization': 'counted' };
    await hawser.api('POST', '/v1/organizations', { name: 'counted' });
    const make = async <Made>(path: string, body: object) =>
      (await hawser.api<Made>('POST', path, body, organization)).body;
    const { key } = await make<{ key: string }>('/v1/api-keys', { name: 'dashboard', scope: 'read' });
    const [shop, unheard] = [
      await make<{ id: string; ingest_url: string }>('/v1/sources', { name: 'Shop' }),
      await make<{ ingest_url: string }>('/v1/sources', { name: 'Unheard' }),
    ];
    for (const name of ['Books', 'Stock', 'Mail']) {
      await make(`/v1/sources/${shop.id}/destinations`, { url: receiver.url, name });
    }
    const post = (url: string, count: number) =>
      Promise.all(Array.from({ length: count }, () => fetch(url, { method: 'POST', body: '{}' })));
    await Promise.all([post(shop.ingest_url, 5), post(unheard.ingest_url, 2)]);
    await eventually('all of it in the counts', async () => {
      const { body } = await hawser.api('GET', '/v1/overview', undefined, organization);
      return body.new_events === 7 && body.new_deliveries === 15;
    });

    const dashboard = await Dashboard.open(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/');
    await dashboard.signIn(key);
    const figure = (name: string) =>
      page
        .locator('.figures > div')
        .filter({ has: page.getByText(name, { exact: true }) })
        .locator('dd')
        .innerText();
    expect([await figure('Events'), await figure('New deliveries')]).toEqual(['7', '15']);
    /** What stands in a column of a chart's table, added up: a quarter of an hour may have ended meanwhile. */
    const sumOf = async (chart: string, column: number) => {
      const rows = await page.getByRole('table', { name: chart, exact: true }).getByRole('row').all();
      const cells = await Promise.all(rows.slice(1).map((row) => row.getByRole('cell').nth(column).innerText()));
      return cells.reduce((sum, cell) => sum + Number(cell), 0);
    };
    expect([await sumOf('Events', 0), await sumOf('Events', 1), await sumOf('Deliveries', 0)]).toEqual([5, 2, 15]);
    expect(dashboard.complaints).toEqual([]);
  });

  it('the overview links to the destinations that need attention, and the list shows what is wrong with each', async () => {
    const organization = { 'X-Hawser-Organization': 'watched' };
    await hawser.api('POST', '/v1/organizations', { name: 'watched' });
    const make = async <Made>(path: string, body: object) =>
      (await hawser.api<Made>('POST', path, body, organization)).body;
    const { key } = await make<{ key: string }>('/v1/api-keys', { name: 'dashboard', scope: 'write' });
    const source = await make<{ id: string; ingest_url: string }>('/v1/sources', { name: 'Shop' });
    receiver.behave = (webhook, response) => answer(webhook.url.endsWith('/broken') ? 500 : 200)(webhook, response);
    const destinations = `/v1/sources/${source.id}/destinations`;
    const failing = { url: `${receiver.url}/broken`, retry_max_attempts: 0 };
    const made = [
      await make<{ id: string }>(destinations, {
        ...failing,
        name: 'Broken',
        circuit_breaker: { failure_threshold: 1 },
      }),
      await make<{ id: string }>(destinations, { ...failing, name: 'Failing', circuit_breaker: { enabled: false } }),
      await make<{ id: string }>(destinations, { url: receiver.url, name: 'Well' }),
      await make<{ id: string }>(destinations, { url: receiver.url, name: 'Off', enabled: false }),
    ];
    await fetch(source.ingest_url, { method: 'POST', body: '{}' });
    await eventually('what came of it is known', async () => {
      const { body } = await hawser.api<OverviewResponse>('GET', '/v1/overview', undefined, organization);
      return (
        body.unhealthy.length === 2 && body.open_circuits.length === 1 && body.destinations.by_status.healthy === 1
      );
    });

    const dashboard = await Dashboard.open(browser, hawser);
    const { page } = dashboard;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    /** Name, state, health and circuit of each row. */
    const shown = async () => {
      const rows = await page.getByRole('table', { name: 'Destinations' }).getByRole('row').all();
      const cells = await Promise.all(rows.slice(1).map((row) => row.getByRole('cell').allInnerTexts()));
      return cells.map(([name, , state, health, circuit]) => [name, state, health, circuit]);
    };
    const ofOff = ['Off', '▲ disabled: holds', '○ unknown', '● closed'];
    const ofFailing = ['Failing', '● enabled', '■ failing', '● closed'];
    const ofBroken = ['Broken', '● enabled', '■ failing', '■ open'];
    await dashboard.goto('/');
    await dashboard.signIn(key);
    await page.getByRole('link', { name: '2 destinations are not healthy' }).click();
    await page.getByRole('cell', { name: 'Broken' }).waitFor();
    expect(await shown()).toEqual([ofOff, ofFailing, ofBroken]);

    await page.getByLabel('Search').fill('fail');
    await eventually('one is found', async () => (await shown()).length === 1);
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Show').selectOption('those in use');
    await page.getByRole('cell', { name: 'Well' }).waitFor();
    expect(await shown()).toEqual([ofOff, ['Well', '● enabled', '● healthy', '● closed'], ofFailing, ofBroken]);
    asked.length = 0;
    await page.reload();
    await page.getByRole('cell', { name: 'healthy' }).waitFor();
    expect(asked.filter((path) => path.startsWith('/v1/')).toSorted()).toEqual([
      '/v1/destinations',
      '/v1/overview',
      '/v1/session',
    ]);

    // In the address, so that the link says the same to whoever opens it.
    await page.getByLabel('Show').selectOption('those that need attention');
    await page.reload();
    await page.getByRole('cell', { name: 'Broken' }).waitFor();
    expect(await shown()).toEqual([ofOff, ofFailing, ofBroken]);
    for (const { id } of made) await hawser.api('POST', `/v1/destinations/${id}/archive`, {}, organization);
    await page.reload();
    await page.getByRole('heading', { name: 'Nothing needs attention' }).waitFor();
    await page.getByLabel('Show').selectOption('the archive');
    await page.getByRole('cell', { name: 'Broken' }).waitFor();
    expect((await shown()).map(([, ...rest]) => rest)).toEqual(Array(4).fill(['○ archived', '–', '–']));
    expect(dashboard.complaints).toEqual([]);
  });

  it('events are filtered by the typed event type, which is kept in the address', async () => {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', {
      name: 'Repository',
      verification: { type: 'github', secret: 'a-secret-of-github' },
    });
    for (const type of ['push', 'issues']) {
      await hawser.api('POST', '/v1/events', { source_id: source.id, body: '{}', headers: { 'X-GitHub-Event': type } });
    }
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const asked: (string | null)[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/v1/events') asked.push(searchParams.get('event_type'));
    });
    const events = page.getByRole('region', { name: 'Events' }).getByRole('link', { name: /^evt_/ });
    await dashboard.goto(`/events?source=${source.id}`);
    await page.getByRole('cell', { name: 'push' }).waitFor();
    await page.getByRole('cell', { name: 'issues' }).waitFor();

    await page.getByLabel('Type', { exact: true }).pressSequentially('issues');
    await page.keyboard.press('Enter');
    await page.getByRole('cell', { name: 'push' }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'issues' }).waitFor();
    expect(await events.count()).toBe(1);
    expect(new Set(asked)).toEqual(new Set([null, 'issues']));

    await page.reload();
    await page.getByRole('cell', { name: 'issues' }).waitFor();
    expect(await page.getByLabel('Type', { exact: true }).inputValue()).toBe('issues');
    expect(await events.count()).toBe(1);
    await events.click();
    await page.locator('.definition-list').getByText('issues', { exact: true }).waitFor();

    await dashboard.goto(`/events?source=${source.id}&type=Issues`);
    await page.getByRole('heading', { name: 'No event of this type' }).waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('“Find by id” opens the page of a pasted id, and stays put for any other text', async () => {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Copied from a log' });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/events');
    const field = page.getByLabel('Find by id');
    await field.fill('../keys');
    await page.keyboard.press('Enter');
    await page.getByText('This contains no id').waitFor();
    expect(new URL(page.url()).pathname).toBe('/events');
    await field.fill(`src_…${source.id.slice(-14)}`);
    await page.keyboard.press('Enter');
    await page.getByText('This is only part of an id').waitFor();
    await field.fill(`[${new Date().toISOString()}] 404 of ${source.id.toUpperCase()}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Copied from a log', level: 1 }).waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('times in an address are in UTC, so a link means the same time everywhere', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser, { timezoneId: 'America/New_York' });
    const { page } = dashboard;
    await dashboard.goto('/events');
    await page.getByLabel('Since').fill('2026-11-25T09:30');
    await page.waitForURL((url) => url.searchParams.get('since') === '2026-11-25T14:30:00.000Z');
    const elsewhere = await Dashboard.signedIn(browser, hawser, { timezoneId: 'Asia/Tokyo' });
    const { pathname, search } = new URL(page.url());
    await elsewhere.goto(`${pathname}${search}`);
    const since = elsewhere.page.getByLabel('Since');
    await since.waitFor();
    expect(await since.inputValue()).toBe('2026-11-25T23:30');
  });

  it('a partly typed year sends no request', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const asked: (string | null)[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/v1/events') asked.push(searchParams.get('since'));
    });
    await dashboard.goto('/events?since=2026-11-25T14:30:00.000Z');
    const since = page.getByLabel('Since');
    await since.focus();
    await eventually('the first are asked for', async () => asked.length > 0);
    // Day and month come first here, by the language of the browser.
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await since.pressSequentially('2025');
    await page.waitForURL((url) => url.searchParams.get('since') === '2025-11-25T14:30:00.000Z');
    await eventually('the year is asked for', async () => asked.includes('2025-11-25T14:30:00.000Z'));
    expect(new Set(asked)).toEqual(new Set(['2026-11-25T14:30:00.000Z', '2025-11-25T14:30:00.000Z']));

    await since.fill('0202-11-25T14:30');
    await since.blur();
    await page.waitForURL((url) => url.searchParams.get('since') === '0202-11-25T14:30:00.000Z');
  });

  it.each([
    ['/events?source=nope', 'Source', 'nope (deleted or unknown)'],
    ['/deliveries?destination=nope', 'Destination', 'nope (deleted or unknown)'],
    ['/deliveries?status=nope', 'Status', 'unknown: nope'],
  ])('an unknown filter value in the address is shown as unknown: %s', async (path, label, told) => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(path);
    const chosen = page.getByLabel(label, { exact: true }).locator(':checked');
    await eventually('it is told', async () => (await chosen.innerText()) === told);
    await page.getByLabel(label, { exact: true }).selectOption('All');
    await page.waitForURL((url) => url.search === '');
  });

  it.each(['/events', '/deliveries', '/dead-letters'])(
    'an end before its beginning is reported at the field: %s',
    async (path) => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto(`${path}?since=2026-11-25T14:30:00.000Z`);
      const until = page.getByLabel('Until');
      await until.fill('2026-11-25T14:29');
      await page.getByText('Must not be before').waitFor();
      expect(await until.getAttribute('aria-invalid')).toBe('true');
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(await page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      expect(await page.getByRole('button', { name: 'Send all again…', disabled: false }).count()).toBe(0);
      await until.fill('2026-11-25T14:31');
      await page.getByRole('heading', { name: /^No / }).waitFor();
      // The browser would have complained of a refusal.
      expect(dashboard.complaints).toEqual([]);
    },
  );

  it('live events of a source keep coming after “Show more”', async () => {
    const { body: source } = await hawser.api<{ id: string; ingest_url: string }>('POST', '/v1/sources', {
      name: 'Tail',
    });
    const post = (count: number) =>
      Promise.all(Array.from({ length: count }, () => fetch(source.ingest_url, { method: 'POST', body: '{}' })));
    await post(15);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const events = page.getByRole('region', { name: 'Events of this source' }).getByRole('link', { name: /^evt_/ });
    await dashboard.goto(`/sources/${source.id}`);
    await page.getByRole('link', { name: 'All of its events' }).waitFor();
    await page.getByRole('button', { name: 'Live: pause' }).click();
    await page.getByRole('button', { name: 'Show more' }).click();
    await eventually('all of them', async () => (await events.count()) === 15);
    await page.getByRole('button', { name: 'Paused: go on' }).click();
    const before = await events.first().innerText();
    await post(1);
    await eventually('the newest', async () => (await events.first().innerText()) !== before);
    expect(await events.count()).toBe(10);
    expect(dashboard.complaints).toEqual([]);
  });

  it('less than 100 KB is loaded before something is shown', async () => {
    const dashboard = await Dashboard.open(browser, hawser);
    const sizes: Promise<number>[] = [];
    dashboard.page.on('requestfinished', (request) => {
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await dashboard.goto('/');
    await dashboard.page.getByLabel('API key').waitFor();
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThan(100 * 1024);
  });

  it('the sign-in page is accessible', async () => {
    const dashboard = await Dashboard.open(browser, hawser, phone);
    await dashboard.goto('/');
    await dashboard.page.getByLabel('API key').waitFor();
    expect(await problemsOf(dashboard, 'sign-in')).toEqual([]);
  });

  it('keyboard users can skip the navigation, and each page begins at its title', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await dashboard.goto('/events');
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    await page.getByRole('link', { name: 'Deliveries', exact: true }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Deliveries' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Deliveries');
    expect(dashboard.complaints).toEqual([]);
  });

  describe('a chart of the overview', () => {
    const failed = (page: Page) => page.getByRole('figure').filter({ hasText: 'Attempts' });

    it('arrow keys show the values of a chart, also to screen readers', async () => {
      receiver.behave = answer(500);
      const settings = { url: receiver.url, retry_max_attempts: 0, circuit_breaker: { enabled: false } };
      const { ingestUrl, destinations } = await hawser.route('Charted', settings);
      await Promise.all([1, 2, 3].map(() => fetch(ingestUrl, { method: 'POST', body: '{}' })));
      const path = `/destinations/${destinations[0]?.id}`;
      await eventually('they are counted', async () => {
        const { body } = await hawser.api<Health>('GET', `/v1${path}/health?window=24h`);
        return body.series.reduce((sum, point) => sum + point.failed_deliveries, 0) === 3;
      });
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto(path);
      const chart = failed(page).getByRole('slider', { name: 'Attempts at a time' });
      await dashboard.settled();
      await chart.focus();
      await chart.locator('.chart-tip', { hasText: 'failed:' }).waitFor();
      const told = async () => [
        await chart.getAttribute('aria-valuetext'),
        await chart.locator('.chart-tip').innerText(),
      ];
      /** The point that has all three: the last, or, should the hour have ended meanwhile, the one before. */
      if (!(await told())[0]?.includes('failed: 3')) await page.keyboard.press('ArrowLeft');
      expect(await told()).toEqual([
        expect.stringMatching(/, successful: 0, failed: 3$/),
        expect.stringMatching(/\nsuccessful: 0\nfailed: 3$/),
      ]);
      const last = await chart.getAttribute('aria-valuemax');
      await page.keyboard.press('Home');
      expect(await chart.getAttribute('aria-valuenow')).toBe('0');
      expect((await told())[1]).toMatch(/\nfailed: 0$/);
      await page.keyboard.press('ArrowLeft');
      expect(await chart.getAttribute('aria-valuenow')).toBe('0');
      await page.keyboard.press('End');
      expect(await chart.getAttribute('aria-valuenow')).toBe(last);
      expect(await problemsOf(dashboard, 'a point of a chart')).toEqual([]);
      await page.keyboard.press('Tab');
      expect(await chart.locator('.chart-tip').count()).toBe(0);
    });

    it('a screen reader gets the last value of a chart without stepping into it', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      const chart = failed(page).getByRole('slider');
      expect(await chart.getAttribute('aria-valuetext')).toMatch(/, successful: \d+, failed: \d+$/);
    });

    it.each([1280, 390, 320])('showing a value of a chart moves nothing, at %i px', async (width) => {
      const viewport = { width, height: 900 };
      const { page } = await Dashboard.signedIn(browser, hawser, { ...phone, viewport });
      const places = () =>
        page
          .locator('figure, figure ~ *, .charts ~ *')
          .evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())));
      for (const caption of ['Events', 'Attempts', 'Latency']) {
        const chart = page.getByRole('slider', { name: `${caption} at a time` });
        await chart.scrollIntoViewIfNeeded();
        const before = await places();
        await chart.focus();
        const tip = chart.locator('.chart-tip');
        await tip.getByText(':').first().waitFor();
        expect([caption, await places()]).toEqual([caption, before]);
        for (const key of ['End', 'Home']) {
          await page.keyboard.press(key);
          const [inside, around] = [await tip.boundingBox(), await chart.boundingBox()];
          if (!inside || !around) throw new Error('it is not seen');
          expect(inside.x).toBeGreaterThanOrEqual(around.x);
          expect(inside.x + inside.width).toBeLessThanOrEqual(around.x + around.width);
          expect(inside.y + inside.height).toBeLessThanOrEqual(around.y + around.height);
        }
      }
    });

    it.each(['mouse', 'finger'])('a %s shows the value of a chart that it points at', async (by) => {
      const { page } = await Dashboard.signedIn(browser, hawser, { ...wide, hasTouch: true });
      const chart = failed(page).getByRole('slider');
      const count = Number(await chart.getAttribute('aria-valuemax')) + 1;
      const picture = chart.locator('svg');
      const box = (await picture.boundingBox()) ?? expect.fail('it is not seen');
      for (const part of [0.25, 0.75]) {
        const position = { x: box.width * part, y: box.height / 2 };
        await (by === 'mouse' ? chart.click({ position }) : chart.tap({ position }));
        const at = Math.floor(count * part);
        await expect.poll(() => chart.getAttribute('aria-valuenow')).toBe(String(at));
      }
      await page.keyboard.press('ArrowLeft');
      await expect.poll(() => chart.getAttribute('aria-valuenow')).toBe(String(Math.floor(count * 0.75) - 1));
      await page.keyboard.press('Escape');
      await chart.locator('.chart-tip').waitFor({ state: 'detached' });
    });

    it('bars and legend of a chart have the same colours in forced-colors mode', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await page.emulateMedia({ forcedColors: 'active' });
      const legends = failed(page).locator('.legend');
      await legends.first().waitFor();
      const colours = await legends.evaluateAll((all) =>
        all.map((legend) => getComputedStyle(legend, '::before').backgroundColor),
      );
      const bars = await failed(page)
        .locator('g')
        .first()
        .locator('rect:not(.chart-ground)')
        .evaluateAll((all) => all.map((bar) => getComputedStyle(bar).fill));
      expect(new Set(colours).size).toBe(2);
      expect(colours).toEqual(bars);
    });
  });

  it('an ended session asks for the key again and returns to the same page', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    // The list is asked for again by itself, and that is refused.
    await page.context().clearCookies();
    await page.getByText('The session has ended').waitFor();
    await dashboard.signIn();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
  });

  /** How long a running function may know a destination as it was: docs/architecture.md. */
  function settingsToBeKnown(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 5_500));
  }
});
