import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { Dashboard, hasBrowser, inABrowser, phone } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`forms, times and links of the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  /** The settings of a new destination. */
  async function settings(): Promise<Dashboard> {
    const url = 'https://example.com/hook';
    const headers = { 'X-Team': 'orders' };
    const { body } = await hawser.api<{ id: string }>('POST', '/v1/destinations', { name: 'Orders', url, headers });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    await dashboard.goto(`/destinations/${body.id}`);
    await dashboard.page.getByText('Settings').click();
    return dashboard;
  }

  /** Saves, and waits for the answer. @returns what was sent */
  async function save(page: Page): Promise<unknown> {
    const patched = page.waitForResponse((response) => response.request().method() === 'PATCH');
    await page.getByRole('button', { name: 'Save' }).click();
    return (await patched).request().postDataJSON();
  }

  /** What a field says of itself: its hint, and what is wrong with it. */
  async function saidAt(page: Page, label: string): Promise<string[]> {
    const ids = await page.getByLabel(label, { exact: true }).getAttribute('aria-describedby');
    return Promise.all((ids ?? '').split(' ').map((id) => page.locator(`[id="${id}"]`).innerText()));
  }

  const choose = (page: Page, name: string) =>
    page
      .locator('.card')
      .filter({ has: page.getByText(name, { exact: true }) })
      .click();

  const kindOf = (page: Page, group: string) => page.getByRole('group', { name: group }).getByLabel('Kind');

  it('pace and retries have fields, and only changes are sent', async () => {
    const dashboard = await settings();
    const { page } = dashboard;
    const saveButton = page.getByRole('button', { name: 'Save' });
    expect(await saveButton.isDisabled()).toBe(true);
    await page.getByLabel('Set rate limit').check();
    await page.getByLabel('Limit', { exact: true }).fill('5');
    await page.getByLabel('Set rate limit').uncheck();
    await kindOf(page, 'Retry intervals').selectOption('fast');
    await kindOf(page, 'Retry intervals').selectOption('a list');
    expect(await saveButton.isDisabled()).toBe(true);

    await page.getByLabel('Set rate limit').check();
    await page.getByLabel('Period').selectOption('second');
    await page.getByLabel('Retry intervals', { exact: true }).fill('5, 25, 120');
    await kindOf(page, 'Ordering').selectOption('fifo by header');
    await page.getByLabel('Header', { exact: true }).fill('X-Account-Id');
    expect(await save(page)).toEqual({
      rate_limit: { limit: 5, period: 'second' },
      retry_intervals: [5, 25, 120],
      ordering: { fifo_by: { header: 'X-Account-Id' } },
    });
    await page.getByText('Saved').waitFor();
    expect(await page.getByLabel('Header', { exact: true }).inputValue()).toBe('X-Account-Id');

    await page.getByLabel('Set rate limit').uncheck();
    await page.getByLabel('Retry on').fill('429 5xx');
    await page.getByRole('button', { name: 'Headers: remove line 1' }).click();
    expect(await save(page)).toEqual({ rate_limit: null, retry_on: ['429', '5xx'], headers: {} });
    await page.getByText('Saved').waitFor();

    // No change could say that it is not given any more.
    await page.getByLabel('Timeout').fill('');
    await page.getByLabel('Description').fill('Whatever');
    await saveButton.click();
    await page.waitForFunction(() => document.activeElement?.matches('input[max="60"]:invalid'));
    expect(dashboard.complaints).toEqual([]);
  });

  it('typed values carry over to another type that has the field, and are kept if it does not', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    const typedIn = (label: string) => page.getByLabel(label, { exact: true }).inputValue();
    await page.getByLabel('Name').fill('Orders');
    await page.getByLabel('URL').fill('https://example.com/hook');
    await kindOf(page, 'Auth').selectOption('bearer');
    await page.getByLabel('Token').fill('of-example-com');
    await page.getByText('Retries, pace').click();
    await page.getByLabel('Set rate limit').check();
    await page.getByLabel('Limit', { exact: true }).fill('5');
    await page.getByLabel('Period').selectOption('second');

    await choose(page, 'Amazon SQS');
    expect([await typedIn('Name'), await typedIn('Limit')]).toEqual(['Orders', '5']);
    await page.getByLabel('Name').fill('Orders of today');
    await choose(page, 'Slack');
    expect([await typedIn('Name'), await typedIn('URL')]).toEqual(['Orders of today', '']);
    expect(await page.getByLabel('Token').count()).toBe(0);
    await page.getByLabel('URL').fill('https://hooks.slack.com/services/T0/B0/a');
    await choose(page, 'HTTP');
    expect(await typedIn('Name')).toBe('Orders of today');
    expect([await typedIn('URL'), await typedIn('Token')]).toEqual(['https://example.com/hook', 'of-example-com']);

    // Nothing of what was typed for Slack goes to the URL.
    const created = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    expect((await created).postDataJSON()).toEqual({
      type: 'http',
      name: 'Orders of today',
      url: 'https://example.com/hook',
      auth: { type: 'bearer', token: 'of-example-com' },
      rate_limit: { limit: 5, period: 'second' },
    });
    expect(dashboard.complaints).toEqual([]);
  });

  it('a pasted key file fills the fields of a service account', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    await page.getByText('Google Pub/Sub').click();
    await kindOf(page, 'Auth').selectOption({ index: 1 });
    const file = { type: 'service_account', project_id: 'p', client_email: 'hawser@p.iam.gserviceaccount.com' };
    const pasted = JSON.stringify({
      ...file,
      private_key: '-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n',
    });
    await page.getByLabel('Client email').focus();
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData('text', text);
      const options = { clipboardData: data, bubbles: true, cancelable: true };
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', options));
    }, pasted);
    expect(await page.getByLabel('Client email').inputValue()).toBe('hawser@p.iam.gserviceaccount.com');
    expect(await page.getByLabel('Private key', { exact: true }).inputValue()).toContain('\nMII\n');
    expect(await page.getByText('not used').count()).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });

  it('a refusal of the API is shown at its field', async () => {
    const dashboard = await settings();
    const { page } = dashboard;
    await page.getByLabel('Set rate limit').check();
    const limit = page.getByLabel('Limit', { exact: true });
    await limit.fill('501');
    await page.getByLabel('Period').selectOption('second');
    await page.getByLabel('Retry on').fill('429, 6xx');
    await kindOf(page, 'Ordering').selectOption('fifo by body');
    await page.getByLabel('Body', { exact: true }).fill('customer..id');
    await save(page);
    await page.getByText('must be at most 500 in a second').first().waitFor();
    expect(await saidAt(page, 'Limit')).toContain('must be at most 500 in a second');
    expect(await saidAt(page, 'Retry on')).toEqual([expect.any(String), expect.stringMatching(/^Entry 2 must/)]);
    expect(await saidAt(page, 'Body')).toContain('must be names separated by dots, such as customer.id or items.0.sku');
    expect(await problemsOf(dashboard, 'settings')).toEqual([]);
  });

  it('the form of a new destination shows its default name, and no codes of the API', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    const nameHint = async () => (await saidAt(page, 'Name'))[0];
    expect(await nameHint()).toMatch(/Empty: the host of its URL\.$/);
    expect(await page.getByLabel('Name', { exact: true }).getAttribute('placeholder')).toBeNull();
    expect((await saidAt(page, 'URL'))[0]).toMatch(/^An absolute https URL of a public address/);
    await kindOf(page, 'Auth').selectOption('oauth2');
    await choose(page, 'Amazon SQS');
    expect(await nameHint()).toMatch(/Empty: the name of its queue\.$/);
    await choose(page, 'Kafka');
    expect(await page.getByRole('main').innerText()).not.toMatch(/[A-Z]+_[A-Z]+/);
    await choose(page, 'Slack');
    expect(await nameHint()).toMatch(/Empty: Slack\.$/);
  });

  it('the requirements of a template are in words at its fields, before and after a mistake', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    await choose(page, 'Slack');
    const words = 'the URL of an incoming webhook, https://hooks.slack.com/services/T…/B…/…';
    expect(await saidAt(page, 'URL')).toEqual([`T${words.slice(1)}`]);
    await page.getByLabel('URL', { exact: true }).fill('https://example.com/hook');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect((await saidAt(page, 'URL')).at(-1)).toMatch(
      new RegExp(`must be ${words}, such as https://hooks.slack.com/services/T0+/B0+/X+$`),
    );
    await choose(page, 'PagerDuty');
    expect((await saidAt(page, 'Routing key'))[0]).toMatch(/ 32 letters and digits\.$/);
  });

  it('the form shows what a template sets, and which URLs are accepted', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    const unset = (field: Locator) => field.locator('option:checked').innerText();
    const method = page.getByLabel('Method', { exact: true });
    await page.getByText('Retries, pace').click();
    expect((await saidAt(page, 'URL'))[0]).toContain(
      'on one machine and not in AWS, http and loopback addresses are accepted, too',
    );
    expect((await saidAt(page, 'URL'))[0]).not.toContain('npm start');
    expect(await unset(method)).toBe('none');
    await choose(page, 'Slack');
    await page.getByText('Retries, pace').click();
    expect(await unset(method)).toBe('POST (default)');
    expect(await unset(kindOf(page, 'Signing'))).toBe('none (default)');
  });

  it('fields are locked while a destination is created, and unlocked if it is refused', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    const name = page.getByLabel('Name', { exact: true });
    const url = page.getByLabel('URL', { exact: true });
    let letGo: (() => void) | undefined;
    /** Once it is asked for, which may be a moment after it is locked. */
    const answer = async () => {
      await eventually('it is asked for', async () => letGo !== undefined);
      letGo?.();
      letGo = undefined;
    };
    await page.route('**/v1/destinations', async (route) => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await route.continue();
    });
    await name.fill('Locked');
    await url.fill('ftp://example.com/hook');
    await url.press('Enter');
    await eventually('it is locked', () => name.isDisabled());
    expect(await page.getByRole('button', { name: /^Slack/ }).isDisabled()).toBe(true);
    await answer();
    await page.getByRole('alert').waitFor();
    expect(await name.inputValue()).toBe('Locked');
    expect(await url.evaluate((field) => field === document.activeElement)).toBe(true);

    await url.fill('https://example.com/hook');
    await url.press('Enter');
    await eventually('it is locked', () => name.isDisabled());
    await answer();
    const created = page.getByRole('region', { name: 'Created' });
    await created.getByText('Locked is there').waitFor();
    // What it is about stands before what could be made next.
    const cards = await page.getByRole('button', { name: /^HTTP/ }).boundingBox();
    expect((await created.boundingBox())?.y).toBeLessThan(cards?.y ?? 0);
  });

  it('an unknown id is said not to exist, and a partial id to be incomplete', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/events');
    const find = page.getByLabel('Find by id');
    await find.fill('505709fee21796');
    await find.press('Enter');
    await page.getByText('This is only part of an id').waitFor();
    await find.fill(`evt_${'0'.repeat(32)}`);
    await find.press('Enter');
    const alert = page.getByRole('alert').first();
    await alert.getByText('There is no such event').waitFor();
    expect(await page.getByText('UUID').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    expect(await problemsOf(dashboard, 'no such event')).toEqual([]);
  });

  it.each([
    ['/events/%00', 'Event', 'event'],
    ['/events/%E0%A4%A', 'Event %E0%A4%A', 'event'],
    ['/events/x%2Fapi-keys', 'Event x/api-keys', 'event'],
    ['/events/..%2Fx', 'Event ../x', 'event'],
    ['/deliveries/%00', 'Delivery', 'delivery'],
    ['/deliveries/dlv_zzz', 'Delivery dlv_zzz', 'delivery'],
    ['/sources/%00', 'Source', 'source'],
    ['/destinations/%00', 'Destination', 'destination'],
    ['/connections/a%3Fb%23', 'Connection', 'connection'],
  ])('an address with an invalid id says that it does not exist: %s', async (address, title, kind) => {
    const { page } = await Dashboard.signedIn(browser, hawser);
    await page.goto(`${hawser.url}${address}`);
    await page.getByRole('alert').getByText(`There is no such ${kind}`).waitFor();
    expect((await page.getByRole('heading', { level: 1 }).innerText()).replace('\0', '').trim()).toBe(title);
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  });

  it('a destination created with a source says that it is connected, and links to the source', async () => {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Chosen shop' });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    await page.getByLabel('URL').fill('https://example.com/hook');
    await page.getByLabel('Connect this source to it').selectOption(source.id);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const created = page.getByRole('region', { name: 'Created' });
    await created.getByText('Chosen shop is connected to it.').waitFor();
    expect(await created.getByRole('link', { name: 'Chosen shop' }).getAttribute('href')).toBe(`/sources/${source.id}`);
  });

  it('an existing connection is reported by the names of its ends, with a link to it', async () => {
    const { sourceId, destinations } = await hawser.route(
      'Till',
      { name: 'Ledger', url: 'https://example.com/hook' },
      { name: 'Paused', url: 'https://example.com/hook', enabled: false },
      { name: 'Old ledger', url: 'https://example.com/hook' },
    );
    const [ledger, , old] = destinations;
    await hawser.api('POST', `/v1/destinations/${old?.id}/archive`);
    const { body } = await hawser.api<{ connections: { id: string }[] }>(
      'GET',
      `/v1/connections?destination_id=${ledger?.id}`,
    );
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/connections');
    await page.getByRole('button', { name: 'New connection' }).first().click();
    const to = page.getByLabel('To the destination');
    await to.getByRole('option', { name: 'Paused (disabled: holds)' }).waitFor({ state: 'attached' });
    expect(await to.locator('option').allInnerTexts()).not.toContain('Old ledger');
    await page.getByText('One archived destination is not listed').waitFor();
    await page.getByLabel('From the source').selectOption(sourceId);
    await to.selectOption({ label: 'Ledger' });
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('“Till” and “Ledger” are connected already').waitFor();
    expect(await alert.innerText()).not.toMatch(/(src|dst|con)_/);
    expect(await problemsOf(dashboard, 'a second connection')).toEqual([]);
    await alert.getByRole('link').click();
    await page.waitForURL(`**/connections/${body.connections[0]?.id}`);
  });

  it('secrets of a verification are password fields, including the previous ones', async () => {
    const { sourceId } = await hawser.route('Verified');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/sources/${sourceId}`);
    await page.getByText('Settings').click();
    const unseen: Record<string, readonly string[]> = {
      'api key': ['Key', 'Previous key'],
      bearer: ['Token', 'Previous token'],
      basic: ['Password', 'Previous password'],
      github: ['Secret', 'Previous secret'],
    };
    for (const [kind, labels] of Object.entries(unseen)) {
      await kindOf(page, 'Verification').selectOption(kind);
      const types = labels.map((label) => page.getByLabel(label, { exact: true }).getAttribute('type'));
      expect([kind, await Promise.all(types)]).toEqual([kind, labels.map(() => 'password')]);
    }
    await kindOf(page, 'Verification').selectOption('api key');
    const name = page.getByRole('group', { name: 'Verification' }).getByLabel('Name', { exact: true });
    expect(await name.getAttribute('type')).toBe('text');
  });

  it('a collapsed section with an invalid field is expanded', async () => {
    const { page, ...dashboard } = await Dashboard.signedIn(browser, hawser, phone);
    await page.goto(`${hawser.url}/destinations/new`);
    await page.getByLabel('URL').fill('https://example.com/hook');
    await page.getByLabel('Name').fill('Orders');
    await page.getByText('Retries, pace').click();
    await page.getByLabel('Timeout').fill('61');
    await page.getByText('Retries, pace').click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForFunction(() => document.activeElement?.matches('input[max="60"]:invalid'));
    expect(dashboard.complaints).toEqual([]);
  });

  it('the current page is visible in a scrolled navigation', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto('/keys');
    const here = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Keys' });
    const { x = -1, width = 0 } = (await here.boundingBox()) ?? {};
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(phone.viewport.width);
  });

  it('exact times are available without a mouse: by a button in lists, at once on a page', async () => {
    const { ingestUrl } = await hawser.route('Shop');
    const sent = await fetch(ingestUrl, { method: 'POST', body: '{"type":"order.paid"}' });
    const { id } = (await sent.json()) as { id: string };
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto('/events');
    const time = page.getByRole('table').locator('time');
    expect(await time.innerText()).toMatch(/ago|now/);
    await page.getByRole('button', { name: 'Exact times' }).press('Enter');
    const { body } = await hawser.api<{ created_at: string }>('GET', `/v1/events/${id}`);
    const ofDay = body.created_at.slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddThh:mm:ss'.length);
    const exact = new RegExp(`^\\d+ \\w+ \\d{4}, ${ofDay}\\sUTC\\+0$`);
    expect(await time.innerText()).toMatch(exact);
    expect(await problemsOf(dashboard, 'events')).toEqual([]);
    await page.reload();
    await page.getByRole('button', { name: 'Exact times', pressed: true }).waitFor();
    expect(await time.innerText()).toMatch(exact);

    await dashboard.goto(`/events/${id}`);
    expect(await page.locator('main time').first().innerText()).toMatch(new RegExp(`(ago|now) · .*${ofDay}\\sUTC`));
    expect(dashboard.complaints).toEqual([]);
  });

  it('an event of another organization is not found, until a key of that organization signs in', async () => {
    const blue = { 'X-Hawser-Organization': 'team-blue' };
    await hawser.api('POST', '/v1/organizations', { name: 'team-blue' });
    const { body: key } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name: 'b', scope: 'read' }, blue);
    const source = await hawser.api<{ ingest_url: string }>('POST', '/v1/sources', { name: 'Theirs' }, blue);
    const sent = await fetch(source.body.ingest_url, { method: 'POST', body: '{"blue":true}' });
    const { id } = (await sent.json()) as { id: string };
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto(`/events/${id}`);
    const alert = page.getByRole('alert');
    await alert.getByText('It may have expired').waitFor();
    expect(await alert.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    expect(await alert.innerText()).toContain('an organization other than “default”');
    expect(await alert.innerText()).not.toContain('team-blue');
    await alert.getByRole('button', { name: 'Sign in with another key' }).click();
    await dashboard.signIn(key.key);
    await page.getByText('"blue": true').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/events/${id}`);
  });

  it('a filter can be tried on an older event by id, but not on one of another source', async () => {
    const { sourceId, ingestUrl, destinations } = await hawser.route('Shop', {
      url: 'https://example.com/hook',
      enabled: false,
    });
    const other = await hawser.route('Warehouse');
    const send = async (url: string, number: number) => {
      const headers = { 'x-github-event': 'push' };
      const sent = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ number }) });
      return ((await sent.json()) as { id: string }).id;
    };
    const oldest = await send(ingestUrl, 0);
    for (let number = 1; number <= 20; number++) await send(ingestUrl, number);
    // By now, so that what came unsigned has a type.
    await hawser.api('PATCH', `/v1/sources/${sourceId}`, { verification: { type: 'github', secret: 'of-github' } });
    const foreign = await send(other.ingestUrl, 0);
    const { body } = await hawser.api<{ connections: { id: string }[] }>(
      'GET',
      `/v1/connections?destination_id=${destinations[0]?.id}`,
    );
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/connections/${body.connections[0]?.id}`);
    await dashboard.settled();
    await page.getByLabel('Only events that match').fill('{ "body": { "number": 0 } }');
    const choices = await page.getByLabel('Try on the event').locator('option').allInnerTexts();
    expect(choices).toHaveLength(20);
    expect(new Set(choices).size).toBe(20);
    expect(choices[0]).toMatch(/^push, \d+ \w+ \d{4}, \d\d:\d\d:\d\d, evt_…[0-9a-f]{14}$/);
    const trying = page.getByRole('region', { name: 'Filter' }).getByRole('button', { name: 'Try' });
    await trying.click();
    await page.getByText('kept out').waitFor();

    const byId = page.getByLabel('Or on an older one');
    await byId.fill(`webhook-id: ${oldest}`);
    await page.getByText('push, accepted').waitFor();
    await trying.click();
    await page.getByText('let through').waitFor();
    await byId.fill(foreign);
    await page.getByText('This event came in at “Warehouse”').waitFor();
    expect(await trying.isDisabled()).toBe(true);
    await byId.fill(oldest.slice(0, -1));
    await page.getByText('The whole id of an event is needed').waitFor();
    expect(await trying.isDisabled()).toBe(true);
    expect(dashboard.complaints).toEqual([]);
  });

  it('the first unmet of many conditions is shown, with a note that later ones were not checked', async () => {
    const { sourceId, ingestUrl } = await hawser.route('Many conditions', {
      url: 'https://example.com/hook',
      enabled: false,
    });
    await fetch(ingestUrl, { method: 'POST', body: '{"a":1}' });
    const { body } = await hawser.api<{ connections: { id: string }[] }>(
      'GET',
      `/v1/connections?source_id=${sourceId}`,
    );
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/connections/${body.connections[0]?.id}`);
    await dashboard.settled();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/v1/filters/test')) asked.push(request.url());
    });
    const filter = page.getByRole('region', { name: 'Filter' });
    const absent = { $exists: false };
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const conditions = { ...Object.fromEntries(names.map((name) => [name, absent])), n11: 1, a: 2, method: 'PUT' };
    await filter.getByRole('textbox').fill(JSON.stringify({ body: conditions }));
    await filter.getByRole('button', { name: 'Try' }).click();
    await filter.getByText('The first of 22 conditions that is not met; those after it were not checked.').waitFor();
    expect(await filter.getByRole('listitem').allInnerTexts()).toEqual(['{"body":{"n11":1}}']);
    expect(asked.length).toBeLessThanOrEqual(6);

    // Together with others one of these would be nested deeper than a filter may be.
    let deep: object = { body: { a: 1 } };
    for (let depth = 0; depth < 7; depth++) deep = { $not: deep };
    const others = {
      body: Object.fromEntries(names.slice(0, 12).map((name) => [name, absent])),
      $not: { method: 'PUT' },
    };
    await filter.getByRole('textbox').fill(JSON.stringify({ ...others, $or: [deep] }));
    await filter.getByRole('button', { name: 'Try' }).click();
    await filter
      .getByText('There is no telling which of its 14 conditions is not met. Try a part of the filter.')
      .waitFor();
    expect(await filter.getByRole('status').innerText()).toContain('kept out');
  });
});
