import type { Locator, Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { browser, hawser, withStack } from './stack.ts';

const NEVER_LISTENED_TO = 'http://127.0.0.1:9876/';

interface Held {
  readonly method?: string;
  readonly status?: number;
  readonly json?: object;
}

interface Delivery {
  readonly status: string;
  readonly attempt_count: number;
}

describe.skipIf(!hasBrowser)(`late responses ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  /** The next such request is answered by what there is now, or by that, and not before it is let go. */
  async function heldBack(page: Page, url: string, { method = 'GET', ...told }: Held = {}) {
    const begun = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    let isHeld = false;
    const hold = async (route: Route) => {
      if (isHeld || route.request().method() !== method) return route.fallback();
      isHeld = true;
      const answer = told.json ? told : { response: await route.fetch() };
      begun.resolve();
      await letGo.promise;
      await route.fulfill(answer);
    };
    await page.route(url, hold);
    return { isBegun: begun.promise, letGo: letGo.resolve };
  }

  async function destination(name: string): Promise<string> {
    const { destinations } = await hawser.route(name, { url: NEVER_LISTENED_TO, name });
    return `/destinations/${destinations[0]?.id}`;
  }

  const answered = (page: Page, path: string) =>
    page.waitForResponse((response) => new URL(response.url()).pathname === path);

  it('a list requested before a key was created does not hide it', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const list = await heldBack(page, '**/v1/api-keys');
    await dashboard.goto('/keys');
    await list.isBegun;
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByLabel('Name').fill('Made meanwhile');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'The new key' }).getByRole('button', { name: 'Done' }).click();
    const isAnswered = answered(page, '/v1/api-keys');
    list.letGo();
    await isAnswered;
    await page.getByRole('cell', { name: 'Made meanwhile', exact: true }).waitFor();
  });

  it('a circuit requested before it was closed is not shown open again', async () => {
    const path = await destination('Fuse');
    const at = new Date().toISOString();
    const isClosed = { state: 'closed', failure_count: 0, opened_at: null, next_probe_at: null };
    const isOpen = { state: 'open', failure_count: 5, opened_at: at, next_probe_at: at };
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.clock.install();
    const circuit = `**/v1${path}/circuit`;
    await page.route(circuit, (route) => route.fulfill({ json: isOpen }));
    await page.route(`${circuit}/reset`, (route) => route.fulfill({ json: isClosed }));
    await dashboard.goto(path);
    const close = page.getByRole('button', { name: 'Close it and send what is held' });
    await close.waitFor();
    const poll = await heldBack(page, circuit, { json: isOpen });
    await page.clock.runFor(5_000);
    await poll.isBegun;
    await close.click();
    await page.getByText('nothing is held because of failures').waitFor();
    const isAnswered = answered(page, `/v1${path}/circuit`);
    poll.letGo();
    await (await isAnswered).finished();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await close.count()).toBe(0);
  });

  it('an event sent again shows that even after leaving and returning before the response', async () => {
    const { ingestUrl } = await hawser.route('Shelf', { url: NEVER_LISTENED_TO, name: 'Shelf', retry_max_attempts: 0 });
    const { id } = (await (await fetch(ingestUrl, { method: 'POST', body: '{}' })).json()) as { id: string };
    const path = `/v1/deliveries?event_id=${id}&limit=100`;
    const deliveries = async () => (await hawser.api<{ deliveries: Delivery[] }>('GET', path)).body;
    const deadAfter = (attempts: number) =>
      eventually(`${attempts} attempts`, async () => {
        const now = await deliveries();
        const isSo = now.deliveries.some((one) => one.status === 'dead' && one.attempt_count === attempts);
        return isSo && now;
      });
    const before = await deadAfter(1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    // Its deliveries have all been made: what has ended is not asked for again by itself.
    await page.clock.install({ time: Date.now() + 120_000 });
    await dashboard.goto(`/events/${id}`);
    const attempts = (count: number) => page.getByRole('cell', { name: String(count), exact: true });
    await attempts(1).waitFor();
    const sending = await heldBack(page, '**/replay', { method: 'POST' });
    await page.getByRole('button', { name: 'Send again' }).click();
    await sending.isBegun;
    await deadAfter(2);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Events' }).click();
    await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    const list = await heldBack(page, `**${path}`, { json: before });
    await page.goBack();
    await list.isBegun;
    const isSent = answered(page, `/v1/events/${id}/replay`);
    sending.letGo();
    await (await isSent).finished();
    list.letGo();
    await attempts(2).waitFor();
  });

  describe('a list after “Show more”', () => {
    const MORE = (url: URL) => url.pathname === '/v1/events' && url.searchParams.has('cursor');
    const isRefused = { status: 500, json: { message: 'Broken for now', code: 'INTERNAL_ERROR' } };

    /** The events of a source that has 25, at the first 20 of them. */
    async function events(name: string) {
      const { sourceId, ingestUrl } = await hawser.route(name);
      const send = async (count: number) => {
        for (let number = 0; number < count; number++) await fetch(ingestUrl, { method: 'POST', body: '{}' });
      };
      await send(25);
      const { body } = await hawser.api<{ events: { id: string }[] }>(
        'GET',
        `/v1/events?source_id=${sourceId}&limit=25`,
      );
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await page.clock.install();
      await dashboard.goto(`/events?source=${sourceId}`);
      const links = page.locator('tbody a[href^="/events/"]');
      await links.nth(19).waitFor();
      const shown = () => links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      const more = page.getByRole('button', { name: 'Show more' });
      return { page, send, links, shown, more, all: body.events.map(({ id }) => `/events/${id}`) };
    }

    it('a list after “Show more” does not move or lose rows while it grows and is refreshed', async () => {
      const { page, send, links, shown, more, all } = await events('Busy');
      await send(5);
      const poll = await heldBack(page, '**/v1/events?*');
      await page.clock.runFor(5_000);
      await poll.isBegun;
      await more.click();
      await links.nth(24).waitFor();
      const isAnswered = answered(page, '/v1/events');
      poll.letGo();
      await (await isAnswered).finished();
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      expect(await shown()).toEqual(all);
    });

    it('a failed “Show more” can be retried by “Try again”', async () => {
      const { page, links, shown, more, all } = await events('Long');
      await page.route(MORE, (route) => route.fulfill(isRefused), { times: 1 });
      await more.click();
      await page.getByText('Broken for now').waitFor();
      expect(await links.count()).toBe(20);
      await page.getByRole('button', { name: 'Try again' }).click();
      await links.nth(24).waitFor();
      expect(await shown()).toEqual(all);
      expect(await page.getByRole('alert').count()).toBe(0);
    });
  });

  it('a failed closing of a circuit is retried by the same button, and no other is offered', async () => {
    const path = await destination('Blown');
    const at = new Date().toISOString();
    const json = { state: 'open', failure_count: 5, opened_at: at, next_probe_at: at };
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.route(`**/v1${path}/circuit`, (route) => route.fulfill({ json }));
    await page.route(
      `**/v1${path}/circuit/reset`,
      (route) => route.fulfill({ status: 403, json: { message: 'Not for now', code: 'FORBIDDEN' } }),
      { times: 1 },
    );
    await dashboard.goto(path);
    const close = page.getByRole('button', { name: 'Close it and send what is held' });
    await close.click();
    await page.getByText('Not for now').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await close.click();
    await page.getByText('nothing is held because of failures').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it.each([
    ['Rotate…', 'Rotate', 'POST'],
    ['Archive…', 'Archive', 'POST'],
    ['Delete…', 'Delete', 'DELETE'],
  ])('an earlier failure is not shown when “%s” is opened again', async (opener, sends, method) => {
    const path = await destination(sends);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.route('**/v1/destinations/**', (route) =>
      route.request().method() === method
        ? route.fulfill({ status: 500, json: { message: 'Broken for now', code: 'INTERNAL_ERROR' } })
        : route.fallback(),
    );
    await dashboard.goto(path);
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: opener }).click();
    await dialog.getByRole('button', { name: sends, exact: true }).click();
    await dialog.getByText('Broken for now').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: opener }).click();
    await dialog.getByRole('button', { name: sends, exact: true }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  describe('a dialog being submitted', () => {
    const hasFocus = (of: Locator) => of.evaluate((element) => element === document.activeElement);

    it("a dialog being submitted can't be closed by a key, keeps the focus, and leads to the new source", async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto('/sources');
      const creating = await heldBack(page, '**/v1/sources', { method: 'POST' });
      const dialog = page.getByRole('dialog', { name: 'New source' });
      await page.getByRole('button', { name: 'New source' }).first().click();
      await dialog.getByLabel('Name').fill('Waited for');
      await page.keyboard.press('Enter');
      await creating.isBegun;
      const create = dialog.getByRole('button', { name: 'Creating…' });
      await create.waitFor();
      const cancel = dialog.getByRole('button', { name: 'Cancel' });
      await page.keyboard.press('Tab');
      await eventually('it is at the first button', () => hasFocus(cancel));
      // A second Escape in a row the browser asks nobody about.
      for (const key of ['Enter', 'Tab', 'Escape', 'Escape', 'Escape']) await page.keyboard.press(key);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      expect(await dialog.isVisible()).toBe(true);
      expect(await hasFocus(create)).toBe(true);
      creating.letGo();
      await page.getByRole('heading', { name: 'Waited for', level: 1 }).waitFor();
    });

    it('a dialog whose submission failed shows why, and Escape closes it', async () => {
      const path = await destination('Not archived');
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto(path);
      const archiving = await heldBack(page, '**/archive', {
        method: 'POST',
        status: 500,
        json: { message: 'Broken for now', code: 'INTERNAL_ERROR' },
      });
      const dialog = page.getByRole('dialog');
      const opener = page.getByRole('button', { name: 'Archive…' });
      await opener.click();
      await dialog.getByRole('button', { name: 'Archive', exact: true }).click();
      await archiving.isBegun;
      await dialog.getByRole('button', { name: 'Archiving…' }).waitFor();
      await page.keyboard.press('Escape');
      await dialog.getByRole('button', { name: 'Cancel' }).click({ force: true });
      archiving.letGo();
      await dialog.getByRole('alert').getByText('Broken for now').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await eventually('it is back', () => hasFocus(opener));
    });
  });

  describe('a user who went elsewhere in the meantime', () => {
    it('a late deletion does not navigate', async () => {
      const path = await destination('Left behind');
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto('/destinations');
      await page.getByRole('link', { name: 'Left behind' }).click();
      const deleting = await heldBack(page, `**/v1${path}`, { method: 'DELETE' });
      await page.getByRole('button', { name: 'Delete…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
      await stays(page, deleting);
    });

    it.each([
      ['source', 'sources', 'Create'],
      ['connection', 'connections', 'Connect'],
    ])('a late creation of a %s does not navigate', async (kind, list, sends) => {
      const name = `Of a late ${kind}`;
      await hawser.api('POST', '/v1/sources', { name });
      await hawser.api('POST', '/v1/destinations', { name, url: NEVER_LISTENED_TO });
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const dialog = page.getByRole('dialog');
      await dashboard.goto('/destinations');
      await page.locator(`nav a[href="/${list}"]`).click();
      const creating = await heldBack(page, `**/v1/${list}`, { method: 'POST' });
      await page
        .getByRole('button', { name: `New ${kind}` })
        .first()
        .click();
      if (kind === 'connection') {
        await dialog.getByLabel('From the source').selectOption({ label: name });
        await dialog.getByLabel('To the destination').selectOption({ label: name });
      }
      await dialog.getByLabel('Name').fill(name);
      page.on('dialog', (asked) => asked.accept());
      await dialog.getByRole('button', { name: sends }).click();
      await stays(page, creating);
    });

    /** By Back, which no dialog is in the way of, and at a form that has something typed into it. */
    async function stays(page: Page, { isBegun, letGo }: Awaited<ReturnType<typeof heldBack>>): Promise<void> {
      await isBegun;
      await page.goBack();
      await page.waitForURL('**/destinations');
      await page.getByRole('link', { name: 'New destination' }).first().click();
      await page.getByLabel('Name').fill('Half a name');
      const isAnswered = page.waitForResponse((response) => response.request().method() !== 'GET');
      letGo();
      await (await isAnswered).finished();
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      expect(new URL(page.url()).pathname).toBe('/destinations/new');
      expect(await page.getByLabel('Name').inputValue()).toBe('Half a name');
    }
  });
});
