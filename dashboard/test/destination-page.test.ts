import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, inABrowser, phone } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`the page of a destination ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  withReceiver(answer(503, 'busy'));

  it('a paced destination shows how much waits in its line, and one without a pace shows no line', async () => {
    const settings = { url: receiver.url, circuit_breaker: { enabled: false } };
    const ends = [
      { ...settings, name: 'In order', ordering: 'fifo' },
      { ...settings, name: 'At once' },
    ];
    const { ingestUrl, destinations } = await hawser.route('Shop', ...ends);
    const [paced, unpaced] = destinations.map(({ id }) => `/destinations/${id}`);
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    const fact = page.locator('.definition-list > div').filter({ hasText: 'Waiting in line' });
    await dashboard.goto(paced ?? '');
    await fact.getByText('nothing', { exact: true }).waitFor();
    for (let sent = 0; sent < 3; sent++) await fetch(ingestUrl, { method: 'POST', body: '{}' });
    await eventually('all wait', async () => {
      const { body } = await hawser.api<{ waiting: { count: number } }>('GET', `/v1${paced}`);
      return body.waiting.count === 3;
    });
    // By itself, as for who watches it.
    await fact.getByText(/^3 deliveries, the oldest since .*(now|ago)/).waitFor();
    expect(await problemsOf(dashboard, 'destination with a line')).toEqual([]);
    await dashboard.goto(unpaced ?? '');
    await page.getByRole('heading', { level: 1, name: 'At once' }).waitFor();
    await page.getByText('as fast as events come').waitFor();
    expect(await fact.count()).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });

  it('a disabled destination says whether a 410 response, with its delivery, or somebody disabled it', async () => {
    receiver.behave = answer(410);
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, name: 'Closed shop' });
    const path = `/destinations/${destinations[0]?.id}`;
    await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const id = await eventually('it is disabled', async () => {
      const { body } = await hawser.api<{ disabled_delivery_id: string | null }>('GET', `/v1${path}`);
      return body.disabled_delivery_id ?? undefined;
    });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const fact = page.locator('.definition-list > div').filter({ hasText: /^Disabled/ });
    await dashboard.goto(path);
    await fact.getByText('its receiver has answered 410').waitFor();
    expect(await problemsOf(dashboard, 'destination that is gone')).toEqual([]);
    await fact.getByRole('link').click();
    await page.locator('.definition-list').getByText(id, { exact: true }).waitFor();

    await dashboard.goto(path);
    await page.getByRole('button', { name: 'Enable' }).click();
    await fact.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Disable' }).click();
    await fact.getByText('somebody has asked for it').waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('a half-open circuit is shown with when it opened and that a probe is under way, on its page and in the overview', async () => {
    const { destinations } = await hawser.route('Shop', { url: receiver.url, name: 'Probed' });
    const id = destinations[0]?.id;
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const [opened_at, next_probe_at] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 120_000)];
    const circuit = { destination_id: id, state: 'half_open', failure_count: 7, opened_at, next_probe_at };
    await page.route(`**/v1/destinations/${id}/circuit`, (route) => route.fulfill({ json: circuit }));
    await page.route('**/v1/overview?*', async (route) => {
      const overview = (await (await route.fetch()).json()) as object;
      const open_circuits = [{ ...circuit, destination_name: 'Probed' }];
      await route.fulfill({ json: { ...overview, open_circuits } });
    });
    await dashboard.goto(`/destinations/${id}`);
    const told = page.getByText(/half-open: open since .+; a probe is under way/);
    const since = told.locator(`time[datetime="${opened_at.toISOString()}"]`);
    await since.waitFor();
    expect(await page.getByText('next probe').count()).toBe(0);
    await page.goto(`${hawser.url}/`);
    await page.getByRole('region', { name: 'Needs attention' }).waitFor();
    await since.waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('a closed circuit is said to hold nothing, with how many attempts have failed', async () => {
    const settings = { url: receiver.url, retry_max_attempts: 0 };
    receiver.behave = answer(503, 'busy');
    const { ingestUrl, destinations } = await hawser.route('Shop', { ...settings, name: 'Failed twice' });
    const path = `/destinations/${destinations[0]?.id}`;
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(path);
    await page.getByText('closed: nothing is held because of failures.').waitFor();
    for (let sent = 0; sent < 2; sent++) await fetch(ingestUrl, { method: 'POST', body: '{}' });
    await eventually('both have failed', async () => {
      const { body } = await hawser.api<{ failure_count: number }>('GET', `/v1${path}/circuit`);
      return body.failure_count === 2;
    });
    await page.reload();
    await page.getByText('closed; its last 2 attempts have failed.').waitFor();
    expect(dashboard.complaints).toEqual([]);
  });
});
