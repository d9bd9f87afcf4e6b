import type { Page, Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, withStack } from './stack.ts';

declare global {
  interface Window {
    /** Of a page whose answers are cut. */
    readonly cutting: { readonly isCut: boolean };
  }
}

const NEVER_LISTENED_TO = 'http://127.0.0.1:9876/';

describe.skipIf(!hasBrowser)(`interruptions of the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  /** A source, connected to a destination. */
  async function connected(name: string) {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name });
    const { body: destination } = await hawser.api<{ id: string }>('POST', `/v1/sources/${source.id}/destinations`, {
      name,
      url: NEVER_LISTENED_TO,
    });
    const { body } = await hawser.api<{ connections: { id: string }[] }>(
      'GET',
      `/v1/connections?source_id=${source.id}`,
    );
    return { source, destination, connectionId: body.connections[0]?.id };
  }

  /** The cookie becomes that of another organization's session without a word to this tab. */
  async function becomeAnother(page: Page, name: string): Promise<void> {
    const organization = { 'X-Hawser-Organization': name };
    await hawser.api('POST', '/v1/organizations', { name });
    const { body } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name, scope: 'write' }, organization);
    await page.evaluate(async (apiKey) => {
      await fetch('/v1/session', { method: 'POST', body: JSON.stringify({ api_key: apiKey }) });
    }, body.key);
  }

  /** The name of a new source, whose dialog is sent when the session is over. */
  async function typeAsTheSessionEnds(dashboard: Dashboard, name: string): Promise<void> {
    const { page } = dashboard;
    await dashboard.goto('/sources');
    await page.getByRole('button', { name: 'New source' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.context().clearCookies();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
  }

  const sourcesOf = async (organization: string) =>
    (
      await hawser.api<{ sources: unknown[] }>('GET', '/v1/sources', undefined, {
        'X-Hawser-Organization': organization,
      })
    ).body.sources;
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim());

  describe('files and faults', () => {
    const EVENTS_FILE = '**/assets/events-*.js';
    const EVENTS = (url: URL) => url.pathname === '/v1/events';

    async function goToEvents(page: Page): Promise<void> {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Events' }).click();
    }

    /** However long each try takes: the clock stands still until it is moved on. */
    async function untilToldOfTheFile(page: Page): Promise<void> {
      await eventually('it is told', async () => {
        await page.clock.runFor(1_000);
        return page.getByText('This page could not be loaded').isVisible();
      });
    }

    it('a page whose requests failed loads by itself once the API answers', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await page.clock.install();
      const isDown = '**/v1/**';
      await page.route(isDown, (route) => route.abort());
      await page.reload();
      await page.getByText('The API can’t be reached').waitFor();
      await page.unroute(isDown);
      await page.clock.runFor(5_000);
      await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();

      // A list that does not follow what happens.
      await page.route(isDown, (route) => route.abort());
      await page.getByRole('link', { name: 'Keys', exact: true }).click();
      await page.getByText('The API can’t be reached').waitFor();
      await page.unroute(isDown);
      await page.clock.runFor(5_000);
      await page.getByText('The API can’t be reached').waitFor({ state: 'detached' });
    });

    it('a page whose responses were cut off loads by itself once they are complete', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await page.clock.install();
      await page.addInitScript(() => {
        const whole = window.fetch;
        const cut = async (...asked: Parameters<typeof fetch>) => {
          await whole(...asked);
          return new Response(new ReadableStream({ start: (body) => body.error(new TypeError('network error')) }));
        };
        const cutting = { isCut: true };
        Object.assign(window, { cutting });
        window.fetch = (...asked) => (cutting.isCut ? cut : whole)(...asked);
      });
      const cut = (isCut: boolean) => page.evaluate((now) => Object.assign(window.cutting, { isCut: now }), isCut);
      await page.reload();
      await page.getByText('The API can’t be reached').waitFor();
      await cut(false);
      await page.clock.runFor(5_000);
      await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();

      await cut(true);
      await page.getByRole('link', { name: 'Keys', exact: true }).click();
      await page.getByText('The API can’t be reached').waitFor();
      await cut(false);
      await page.clock.runFor(5_000);
      await page.getByText('The API can’t be reached').waitFor({ state: 'detached' });
    });

    it('a page file that fails once is requested again silently', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await page.route(EVENTS_FILE, (route) => route.abort(), { times: 1 });
      await goToEvents(page);
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    });

    it('a page file that failed in an outage loads by itself once that is over', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await page.clock.install();
      await page.route('**/*', (route) => route.abort());
      await goToEvents(page);
      await untilToldOfTheFile(page);
      await page.unroute('**/*');
      await page.clock.runFor(5_000);
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    });

    it('a page file that is gone after an update reloads the app by itself', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      let isOld = true;
      page.on('request', (request) => {
        if (request.isNavigationRequest()) isOld = false;
      });
      await page.route(EVENTS_FILE, (route) => (isOld ? route.fulfill({ status: 404, body: '' }) : route.continue()));
      await goToEvents(page);
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    });

    it('a page file that is still missing after a reload causes no second one', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      let loads = 0;
      page.on('request', (request) => {
        if (request.isNavigationRequest()) loads += 1;
      });
      await page.clock.install();
      await page.route(EVENTS_FILE, (route) => route.fulfill({ status: 404, body: '' }));
      await goToEvents(page);
      await untilToldOfTheFile(page);
      for (let round = 0; round < 5; round++) {
        const asked = page.waitForResponse(EVENTS_FILE);
        await page.clock.runFor(5_000);
        await asked;
      }
      expect(loads).toBe(1);
      await page.unroute(EVENTS_FILE);
      await page.getByRole('button', { name: 'Reload everything' }).click();
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    });

    it('a missing page file is reported, and visiting another page does not allow a second reload', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      let loads = 0;
      page.on('request', (request) => {
        if (request.isNavigationRequest()) loads += 1;
      });
      await page.route(EVENTS_FILE, (route) => route.fulfill({ status: 404, body: '' }));
      await goToEvents(page);
      await page.getByText('Hawser answers, but a file of this page is missing').waitFor();
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sources' }).click();
      await page.getByRole('heading', { name: 'Sources', level: 1 }).waitFor();
      await goToEvents(page);
      await page.getByText('Hawser answers, but a file of this page is missing').waitFor();
      expect(loads).toBe(1);

      // What nobody serves is not gone to: the browser would show its own page, and stay there.
      await page.route('**/*', (route) => route.abort());
      await page.getByRole('button', { name: 'Reload everything' }).click();
      await page.getByText('Are you online?').waitFor();
      expect(loads).toBe(1);
    });

    it('a page that fails says so, and other pages still work', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await page.route(EVENTS, (route) => route.fulfill({ json: { events: [null], cursor: null } }));
      await goToEvents(page);
      await page.getByRole('heading', { name: 'This page has failed' }).waitFor();
      await page.unroute(EVENTS);
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sources' }).click();
      await page.getByRole('heading', { name: 'Sources', level: 1 }).waitFor();
    });
  });

  describe('a page that throws', () => {
    const EVENTS = (url: URL) => url.pathname === '/v1/events';
    const tryAgain = (page: Page) => page.getByRole('button', { name: 'Try again' }).click();

    /** The page of events, which can't show what it is answered. */
    async function failing(): Promise<Dashboard> {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await page.route(EVENTS, (route) => route.fulfill({ json: { events: [null], cursor: null } }));
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Events' }).click();
      await page.getByRole('heading', { name: 'This page has failed' }).waitFor();
      return dashboard;
    }

    it('a page that throws says what to do and whether it failed again, and recovers once the cause is gone', async () => {
      const dashboard = await failing();
      const { page } = dashboard;
      await page.getByText('If that does not help either, report it with the message and the address').waitFor();
      expect(await problemsOf(dashboard, 'failed')).toEqual([]);
      await tryAgain(page);
      await page.getByRole('heading', { name: 'This page has failed again' }).waitFor();
      expect(await focused(page)).toBe('This page has failed again');
      await page.unroute(EVENTS);
      await tryAgain(page);
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
      await dashboard.settled();
      expect(await page.getByRole('alert').count()).toBe(0);
    });

    it('a page that throws can be reloaded once the server answers', async () => {
      const { page } = await failing();
      await page.unroute(EVENTS);
      const loadAnew = page.getByRole('button', { name: 'Reload everything' });
      const start = (url: URL) => url.pathname === '/';
      await page.route(start, (route) => route.abort());
      await loadAnew.click();
      await page.getByText('There is no answer. Are you online?').waitFor();
      await page.unroute(start);
      const loaded = page.waitForEvent('load');
      await loadAnew.click();
      await loaded;
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    });
  });

  describe('a change of session', () => {
    it('every write names the organization shown, also while the session is being refreshed', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      const writes: Request[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/v1/sources')) writes.push(request);
      });
      await page.goto(`${hawser.url}/sources`);
      await page.getByRole('button', { name: 'New source' }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('meant for default');
      await becomeAnother(page, 'team-green');
      let answer = () => {};
      const isAnswered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route('**/v1/session', async (route) => {
        await isAnswered;
        await route.continue();
      });
      const create = dialog.getByRole('button', { name: 'Create' });
      await create.click();
      await dialog.getByText('Nothing was changed').waitFor();
      await create.click();
      await eventually('it is sent again', async () => writes.length === 2);
      const named = await Promise.all(writes.map((request) => request.headerValue('x-hawser-organization')));
      expect(new Set(named)).toEqual(new Set(['org_00000000000070008000000000000000']));
      answer();
      await page.getByRole('banner').getByText('team-green').first().waitFor();
      expect(await sourcesOf('team-green')).toEqual([]);
    });

    it('a tab checks its session when it becomes visible again', async () => {
      const { page } = await Dashboard.signedIn(browser, hawser);
      await becomeAnother(page, 'team-red');
      await page.evaluate(() => window.dispatchEvent(new Event('focus')));
      await page.getByRole('banner').getByText('team-red').first().waitFor();
    });
  });

  describe('the focus', () => {
    it('the focus returns to what opened a cancelled dialog, or to the heading if that is gone', async () => {
      await hawser.api('POST', '/v1/api-keys', { name: 'Short-lived', scope: 'read' });
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto('/keys');
      const revoke = page.getByRole('button', { name: 'Revoke Short-lived' });
      const hasFocus = () => revoke.evaluate((button) => button === document.activeElement);
      await revoke.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      await eventually('the focus is back', hasFocus);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await revoke.waitFor({ state: 'detached' });
      await eventually('the heading has the focus', async () => (await focused(page)) === 'Keys');
    });
  });

  describe('unsaved input', () => {
    it('unsaved input survives signing in again, and can be saved', async () => {
      const { destination } = await connected('Expired');
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto(`/destinations/${destination.id}`);
      await page.getByText('Settings', { exact: true }).click();
      await page.getByLabel('Description').fill('half a sentence');
      await page.context().clearCookies();
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      const again = page.getByRole('dialog', { name: 'Sign in again' });
      await again.waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await again.waitFor();
      expect(await problemsOf(dashboard, 'sign in again')).toEqual([]);
      const reference = page.context().waitForEvent('page');
      await again.getByRole('link', { name: '/v1/reference' }).click();
      await (await reference).close();
      await dashboard.signIn();
      await again.waitFor({ state: 'detached' });
      expect(await page.getByLabel('Description').inputValue()).toBe('half a sentence');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await eventually('it is saved', async () => {
        const { body } = await hawser.api<object>('GET', `/v1/destinations/${destination.id}`);
        return JSON.stringify(body).includes('"half a sentence"');
      });
    });

    it('unsaved input of a dialog survives signing in again, with the focus, and failed data is loaded', async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await typeAsTheSessionEnds(dashboard, 'Typed before');
      await dashboard.signIn();
      await page.getByRole('dialog', { name: 'Sign in again' }).waitFor({ state: 'detached' });
      expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Typed before');
      await eventually('the focus is back', () =>
        page.evaluate(() => document.activeElement?.closest('dialog') !== null),
      );
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.getByRole('heading', { name: 'Typed before', level: 1 }).waitFor();
    });

    it('unsaved input is discarded when another organization signs in', async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await hawser.api('POST', '/v1/organizations', { name: 'team-grey' });
      const { body } = await hawser.api<{ key: string }>(
        'POST',
        '/v1/api-keys',
        { name: 'grey', scope: 'write' },
        { 'X-Hawser-Organization': 'team-grey' },
      );
      await typeAsTheSessionEnds(dashboard, 'of default');
      await dashboard.signIn(body.key);
      await page.getByRole('banner').getByText('team-grey').waitFor();
      expect(await page.getByRole('dialog').count()).toBe(0);
      expect(await sourcesOf('team-grey')).toEqual([]);
    });

    it('unsaved input of the filter survives saving the transform, and vice versa, with the focus', async () => {
      const { connectionId } = await connected('Edited');
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto(`/connections/${connectionId}`);
      const filter = page.getByLabel('Only events that match');
      const transform = page.getByLabel('JavaScript that makes the request');
      const saved = () => hawser.api<{ filter: unknown; transform: unknown }>('GET', `/v1/connections/${connectionId}`);
      await filter.fill('{"body":{"a":1}}');
      await transform.fill('function transform() { return null; }');
      await page.getByRole('button', { name: 'Save transform' }).click();
      await eventually('the transform is saved', async () => (await saved()).body.transform !== null);
      await page.getByText('The transform is saved').waitFor({ state: 'attached' });
      expect(await filter.inputValue()).toBe('{"body":{"a":1}}');
      expect(await focused(page)).toBe('Save transform');

      await transform.fill('function transform() { return {}; }');
      await page.getByRole('button', { name: 'Save filter' }).click();
      await page.getByText('The filter is saved').waitFor({ state: 'attached' });
      expect(await transform.inputValue()).toBe('function transform() { return {}; }');
      expect(JSON.parse(await filter.inputValue())).toEqual({ body: { a: 1 } });
      expect(await focused(page)).toBe('Save filter');
    });

    it('leaving unsaved input by a link, Back or closing asks first, and leaving saved input does not', async () => {
      const { destination } = await connected('Left');
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const asked: string[] = [];
      let mayLeave = false;
      page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        return mayLeave ? dialog.accept() : dialog.dismiss();
      });
      const main = page.getByRole('navigation', { name: 'Main' });
      await dashboard.goto('/destinations');
      await page.getByRole('link', { name: 'Left' }).click();
      await page.getByText('Settings', { exact: true }).click();
      const description = page.getByLabel('Description');
      await description.fill('half a sentence');

      await main.getByRole('link', { name: 'Sources' }).click();
      await page.evaluate(() => history.back());
      await eventually('Back has asked', async () => asked.length === 2);
      await page.close({ runBeforeUnload: true });
      await eventually('closing has asked', async () => asked.length === 3);
      expect(asked).toEqual(['confirm', 'confirm', 'beforeunload']);
      expect(new URL(page.url()).pathname).toBe(`/destinations/${destination.id}`);
      expect(await description.inputValue()).toBe('half a sentence');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await eventually('signing out has asked', async () => asked.length === 4);

      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Saved', { exact: true }).waitFor({ state: 'attached' });
      expect(await focused(page)).toBe('Save');
      await main.getByRole('link', { name: 'Sources' }).click();
      await page.getByRole('heading', { name: 'Sources', level: 1 }).waitFor();
      expect(asked).toHaveLength(4);

      await page.goBack();
      await page.getByText('Settings', { exact: true }).click();
      await description.fill('another one');
      mayLeave = true;
      await main.getByRole('link', { name: 'Events' }).click();
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
      expect(asked).toHaveLength(5);
    });

    /** Typed on the page of a destination that was come back to; Forward and Back are tried, and refused. */
    async function stayedWith(dashboard: Dashboard, name: string): Promise<void> {
      const { page } = dashboard;
      const { destination } = await connected(name);
      let asked = 0;
      page.on('dialog', async (dialog) => {
        await dialog.dismiss();
        asked += 1;
      });
      await dashboard.goto('/destinations');
      await page.getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Keys' }).click();
      await page.goBack();
      await page.getByText('Settings', { exact: true }).click();
      const description = page.getByLabel('Description');
      await description.fill('half a sentence');
      for (const leave of ['forward', 'back'] as const) {
        const before = asked;
        await page.evaluate((how) => history[how](), leave);
        await eventually(`${leave} has asked`, async () => asked === before + 1);
        await page.waitForURL(`**/destinations/${destination.id}`);
      }
      expect(await description.inputValue()).toBe('half a sentence');
      await description.fill('');
      expect(dashboard.complaints).toEqual([]);
    }

    it('refusing to leave by Back or Forward keeps the page and the history', async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await stayedWith(dashboard, 'Stayed with');
      await page.goBack();
      await page.waitForURL('**/destinations');
      await page.goForward();
      await page.goForward();
      await page.waitForURL('**/keys');
    });

    it('refusing to leave keeps the page in a browser without the Navigation API', async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'navigation'));
      await stayedWith(dashboard, 'Of an older one');
      expect(await page.evaluate(() => 'navigation' in globalThis)).toBe(false);
    });
  });

  describe('a secret that is shown once', () => {
    /** What is asked before leaving, and answered with no. */
    function askedOn(page: Page): readonly string[] {
      const asked: string[] = [];
      page.on('dialog', async (dialog) => {
        await dialog.dismiss();
        asked.push(dialog.message());
      });
      return asked;
    }

    /** The API takes its time with such a POST. @returns what lets it answer */
    async function heldBack(page: Page, url: string): Promise<() => void> {
      let letGo = () => {};
      const isLetGo = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await page.route(url, async (route) => {
        if (route.request().method() === 'POST') await isLetGo;
        await route.continue();
      });
      return letGo;
    }

    it('leaving while a destination is being created asks first, and staying shows its secret', async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const asked = askedOn(page);
      const answer = await heldBack(page, '**/v1/destinations');
      await dashboard.goto('/destinations/new');
      await page.getByLabel('Name').fill('Under way');
      await page.getByLabel('URL').fill(NEVER_LISTENED_TO);
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByRole('button', { name: 'Creating…', exact: true }).waitFor();
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sources' }).click();
      await eventually('the link has asked', async () => asked.length === 1);
      expect(asked).toEqual([
        'Leave? It is being made, and leaving does not stop that. Its secret is shown here, only once, and would be lost.',
      ]);
      answer();
      const created = page.getByRole('region', { name: 'Created' });
      await created.getByText(/^whsec_/).waitFor();
    });

    it("while a key is being created its dialog can't be closed, and Back asks first", async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const asked = askedOn(page);
      const answer = await heldBack(page, '**/v1/api-keys');
      await page.getByRole('link', { name: 'Keys', exact: true }).click();
      await page.getByRole('button', { name: 'New key' }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('Under way');
      await page.keyboard.press('Enter');
      await dialog.getByRole('button', { name: 'Creating…', exact: true }).waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click({ force: true });
      await page.keyboard.press('Escape');
      await page.evaluate(() => history.back());
      await eventually('Back has asked', async () => asked.length > 0);
      expect(asked).toEqual([expect.stringContaining('Its secret is shown here')]);
      answer();
      await page.getByRole('dialog', { name: 'The new key' }).getByText(/^hwk_/).waitFor();
    });

    it('leaving while a secret is being rotated asks first', async () => {
      const { destination } = await connected('Rotated');
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const asked = askedOn(page);
      const answer = await heldBack(page, '**/rotate-secret');
      await dashboard.goto('/destinations');
      await page.getByRole('link', { name: 'Rotated' }).click();
      await page.getByRole('button', { name: 'Rotate…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Rotating…', exact: true }).waitFor();
      await page.evaluate(() => history.back());
      await eventually('Back has asked', async () => asked.length === 1);
      expect(asked[0]).toContain('Its secret is shown here');
      await page.waitForURL(`**/destinations/${destination.id}`);
      answer();
      await page.getByText('The new secret. Copy it now').waitFor();
    });
  });
});
