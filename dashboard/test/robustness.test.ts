import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer, Receiver } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { browser, hawser, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`robustness of the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  it('a created key is shown, and closing it restores the focus', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/keys');
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await eventually('the focus is back', async () => (await focused()) === 'New key');

    await page.keyboard.press('Enter');
    await page.getByLabel('Name').fill('Reports');
    await page.keyboard.press('Enter');
    const shown = page.getByRole('dialog', { name: 'The new key' });
    await shown.getByText(/^hwk_\w+$/).waitFor();
    const key = await shown.locator('pre').innerText();
    // Long enough for what the dialog before has still to say.
    await page.waitForTimeout(500);
    expect(await shown.isVisible()).toBe(true);
    await shown.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('cell', { name: 'Reports', exact: true }).waitFor();
    await eventually('the focus is back', async () => (await focused()) === 'New key');
    const response = await fetch(`${hawser.url}/v1/sources`, { headers: { authorization: `Bearer ${key}` } });
    expect(response.status).toBe(200);
    expect(dashboard.complaints).toEqual([]);
  });

  it('a dialog reopened right after closing is shown', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/keys');
    const opener = page.getByRole('button', { name: 'New key' }).first();
    await opener.click();
    await page.getByRole('dialog').waitFor();
    // As Escape and a click do it, in one task.
    await opener.evaluate((button: HTMLButtonElement) => {
      document.querySelector('dialog')?.requestClose();
      button.click();
    });
    // Longer than the browser takes to tell that it was closed.
    await page.waitForTimeout(100);
    expect(await page.getByRole('dialog').isVisible()).toBe(true);
  });

  it("a page file that can't be loaded is reported, and the page is shown once it can", async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const file = '**/assets/events-*.js';
    await page.route(file, (route) => route.abort());
    const events = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Events' });
    await events.click();
    await page.getByText('This page could not be loaded').waitFor();
    await page.unroute(file);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
  });

  it('a tab whose session changed to another organization shows that one, and writes nothing to it before', async () => {
    const blue = { 'X-Hawser-Organization': 'team-blue' };
    await hawser.api('POST', '/v1/organizations', { name: 'team-blue' });
    const { body: key } = await hawser.api<{ key: string }>(
      'POST',
      '/v1/api-keys',
      { name: 'b', scope: 'write' },
      blue,
    );
    const first = await Dashboard.signedIn(browser, hawser);
    await first.goto('/sources');
    await first.page.getByRole('button', { name: 'New source' }).first().click();
    await first.page.getByLabel('Name', { exact: true }).fill('meant for default');
    // As another browser process would: without the message that tabs of one process send each other.
    await first.page.evaluate(async (apiKey) => {
      await fetch('/v1/session', { method: 'POST', body: JSON.stringify({ api_key: apiKey }) });
    }, key.key);
    await first.page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await first.page.getByRole('banner').getByText('team-blue').waitFor();
    const { body } = await hawser.api<{ sources: unknown[] }>('GET', '/v1/sources', undefined, blue);
    expect(body.sources).toEqual([]);

    const second = await first.page.context().newPage();
    await second.goto(`${hawser.url}/`);
    await second.getByRole('banner').getByText('team-blue').waitFor();
    await second.getByRole('button', { name: 'Sign out' }).click();
    await first.page.getByLabel('API key').waitFor();
  });

  it('unsaved input is kept while another setting of the same destination changes', async () => {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Typed' });
    const { body: destination } = await hawser.api<{ id: string }>('POST', `/v1/sources/${source.id}/destinations`, {
      url: 'http://127.0.0.1:9876/',
    });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/destinations/${destination.id}`);
    await page.getByText('Settings', { exact: true }).click();
    const description = page.getByLabel('Description');
    await description.fill('half a sentence');
    await page.getByRole('button', { name: 'Disable' }).click();
    await eventually('it is disabled', async () => {
      const { body } = await hawser.api<{ enabled: boolean }>('GET', `/v1/destinations/${destination.id}`);
      return !body.enabled;
    });
    await page.getByRole('button', { name: 'Enable' }).waitFor();
    expect(await description.inputValue()).toBe('half a sentence');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await eventually('it is saved, and still disabled', async () => {
      const { body } = await hawser.api<object>('GET', `/v1/destinations/${destination.id}`);
      return JSON.stringify(body).includes('"half a sentence"') && 'enabled' in body && body.enabled === false;
    });
  });

  describe('a form whose data is refused', () => {
    const refusal = (status: number) => ({ status, json: { message: `Refused with ${status}`, code: 'REFUSED' } });

    it.each([
      ['the description of the API', '**/v1/openapi.json', 500],
      ['the templates', '**/v1/destinations/templates?*', 429],
    ])('the form of a new destination reports missing data and can retry: %s', async (_, url, status) => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await page.route(url, (route) => route.fulfill(refusal(status)));
      await dashboard.goto('/destinations/new');
      await page.getByRole('alert').getByText(`Refused with ${status}`).waitFor();
      expect(await page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await page.unroute(url);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('button', { name: /^Slack/ }).waitFor();
      await page.getByLabel('URL').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    });

    it("a destination can be created while templates can't be loaded", async () => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await page.route('**/v1/destinations/templates?*', (route) => route.fulfill(refusal(429)));
      await dashboard.goto('/destinations/new');
      await page.getByLabel('URL').fill('http://127.0.0.1:9876/');
      await page.getByLabel('Name').fill('Without templates');
      await page.getByRole('button', { name: 'Create', exact: true }).click();
      await page.getByText('Its signing secret').waitFor();
    });

    it('the settings of a destination report missing data, and appear once it is loaded', async () => {
      const { destinations } = await hawser.route('Described', { url: 'http://127.0.0.1:9876/' });
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await page.clock.install();
      const url = '**/v1/openapi.json';
      await page.route(url, (route) => route.fulfill(refusal(500)));
      await dashboard.goto(`/destinations/${destinations[0]?.id}`);
      const settings = page.getByRole('region', { name: 'Settings' });
      await settings.getByText('Refused with 500').waitFor();
      await page.unroute(url);
      // From now on nobody answers: that ends without a click.
      await page.route(url, (route) => route.abort());
      await settings.getByRole('button', { name: 'Try again' }).click();
      await settings.getByText('The API can’t be reached').waitFor();
      await page.unroute(url);
      await page.clock.runFor(5_000);
      await settings.waitFor({ state: 'detached' });
      await page.getByText('Settings', { exact: true }).click();
      await page.getByLabel('Description').waitFor();
    });
  });

  it("a failed list of an event's deliveries shows an error, not an empty list", async () => {
    const { ingestUrl } = await hawser.route('Unlisted', { url: 'http://127.0.0.1:9876/', name: 'Not listed' });
    const { id } = (await (await fetch(ingestUrl, { method: 'POST', body: '{}' })).json()) as { id: string };
    await eventually('it is fanned out', async () => {
      const { body } = await hawser.api<{ deliveries: unknown[] }>('GET', `/v1/events/${id}`);
      return body.deliveries.length === 1;
    });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.clock.install();
    const url = '**/v1/deliveries?event_id=*';
    await page.route(url, (route) => route.fulfill({ status: 500, json: { message: 'No list today', code: 'X' } }));
    await dashboard.goto(`/events/${id}`);
    await page.getByRole('alert').getByText('No list today').waitFor();
    expect(await page.getByRole('link', { name: 'Not listed' }).count()).toBe(0);
    expect(await page.getByText(/^None/).count()).toBe(0);
    await page.unroute(url);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'Not listed' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('an event is requested once, however long it is shown, since its body may be megabytes', async () => {
    const { body: source } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Looked at' });
    const { body: event } = await hawser.api<{ id: string }>('POST', '/v1/events', { source_id: source.id, body: 'x' });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.clock.install();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await dashboard.goto(`/events/${event.id}`);
    await page.getByText('None yet').waitFor();
    await page.clock.fastForward(60_000);
    await page.getByText('None: a connection takes only events that come while it exists').waitFor();
    expect(asked.filter((path) => path === `/v1/events/${event.id}`)).toHaveLength(1);
    await eventually('nothing is asked in a minute', async () => {
      const { length } = asked;
      await page.clock.fastForward(60_000);
      await page.waitForTimeout(500);
      return !asked.slice(length).includes('/v1/deliveries');
    });
  });

  it('sending an event again shows progress at once, and leads to the new deliveries', async () => {
    const receiver = await Receiver.start();
    const { ingestUrl } = await hawser.route('again', { name: 'Ledger', url: receiver.url });
    const sent = await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const { id } = (await sent.json()) as { id: string };
    await receiver.until((received) => received.length === 1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/events/${id}`);
    await page.getByText('succeeded').waitFor();
    let letGo: (() => void) | undefined;
    await page.route('**/replay', async (route) => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await route.continue();
    });
    const button = page.getByRole('button', { name: 'Send again' });
    await button.click();
    await eventually('it is asked for', async () => letGo !== undefined);
    expect(await button.getAttribute('aria-busy')).toBe('true');
    expect(Number(await button.evaluate((element) => getComputedStyle(element).opacity))).toBeLessThan(1);
    letGo?.();
    await page.getByRole('status').getByText('Sent again to 1').waitFor();
    await receiver.until((received) => received.length === 2);
    await page.getByRole('link', { name: 'the delivery to Ledger' }).click();
    await page.getByRole('heading', { level: 1, name: /^Delivery/ }).waitFor();
    expect(dashboard.complaints).toEqual([]);
    await receiver.stop();
  });

  it('an event opened before fan-out shows its deliveries once there are some', async () => {
    const receiver = await Receiver.start();
    const { ingestUrl } = await hawser.route('Just now', { url: receiver.url, name: 'Soon there' });
    const { id } = (await (await fetch(ingestUrl, { method: 'POST', body: '{}' })).json()) as { id: string };
    await eventually('it is delivered', async () => receiver.received.length === 1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const early = { ...(await hawser.api<object>('GET', `/v1/events/${id}`)).body, deliveries: [] };
    await page.route(`**/v1/events/${id}`, (route) => route.fulfill({ json: early }));
    await page.route(
      '**/v1/deliveries?event_id=*',
      (route) => route.fulfill({ json: { deliveries: [], cursor: null } }),
      {
        times: 1,
      },
    );
    await dashboard.goto(`/events/${id}`);
    await page.getByText('None yet').waitFor();
    await page.getByRole('link', { name: 'Soon there' }).waitFor();
    expect(await page.getByText('None yet').count()).toBe(0);
    await receiver.stop();
  });

  it('dead letters can be discarded together, and a replay of all reports its outcome', async () => {
    const receiver = await Receiver.start();
    receiver.behave = answer(500, 'broken');
    const { ingestUrl } = await hawser.route('dead', {
      url: receiver.url,
      retry_max_attempts: 0,
      circuit_breaker: { enabled: false },
    });
    await Promise.all(Array.from({ length: 12 }, () => fetch(ingestUrl, { method: 'POST', body: '{}' })));
    const count = async () =>
      (await hawser.api<{ dead_letters: unknown[] }>('GET', '/v1/dead-letters?limit=100')).body.dead_letters.length;
    await eventually('they are dead', async () => (await count()) === 12);
    receiver.behave = answer(200, 'mended');

    const { page } = await Dashboard.signedIn(browser, hawser);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Dead letters' }).click();
    const boxes = page.getByRole('checkbox', { name: /^Select dlv_/ });
    await boxes.first().waitFor();
    for (const index of [0, 1, 2, 3, 4, 5, 6]) await boxes.nth(index).check();
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await eventually('seven are gone', async () => (await count()) === 5);

    await page.getByRole('button', { name: 'Send all again…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Begin' }).click();
    await page.getByText('5 queued, 0 skipped').waitFor({ timeout: 60_000 });
    await page.getByRole('region', { name: 'Replays', exact: true }).getByRole('button', { name: 'Close' }).click();
    expect(await page.getByRole('region', { name: 'Replays', exact: true }).count()).toBe(0);
    expect(await count()).toBe(0);
    await receiver.stop();
  });
});
