import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { shortId } from '../src/ui/format.ts';
import { Dashboard, hasBrowser, inABrowser, phone } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`the page of dead letters ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  withReceiver(answer(503, 'busy'));

  async function deadLettersOf(destination: string): Promise<readonly string[]> {
    const path = `/v1/dead-letters?limit=100&destination_id=${destination}`;
    const { body } = await hawser.api<{ dead_letters: { id: string }[] }>('GET', path);
    return body.dead_letters.map(({ id }) => id);
  }

  /** @returns the id of a new destination, once it has so many dead letters */
  async function failing(name: string, count: number): Promise<string> {
    const settings = { retry_max_attempts: 0, circuit_breaker: { enabled: false } };
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, name, ...settings });
    const { id } = destinations[0] ?? expect.fail('it has no destination');
    await Promise.all(Array.from({ length: count }, () => fetch(ingestUrl, { method: 'POST', body: '{}' })));
    await eventually('they are dead', async () => (await deadLettersOf(id)).length === count);
    return id;
  }

  /** The dead letters of a destination, as they are first seen. */
  async function listOf(destination: string): Promise<Dashboard> {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    await dashboard.goto(`/dead-letters?destination=${destination}`);
    await dashboard.page.getByRole('checkbox').first().waitFor();
    return dashboard;
  }

  it("dead letters of a deleted destination can't be sent again, but can be discarded", async () => {
    const id = await failing('Short-lived', 2);
    await hawser.api('DELETE', `/v1/destinations/${id}`);
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto(`/dead-letters?destination=${id}`);
    await page
      .getByText('This destination is deleted: its dead letters can be discarded, but not sent again.')
      .waitFor();
    expect(await page.getByRole('button', { name: 'Send all again…', disabled: false }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Send again', exact: true }).count()).toBe(0);
    expect(await page.getByLabel('Destination').inputValue()).toBe(id);
    expect(await page.getByLabel('Destination').locator(':checked').innerText()).toMatch(
      /^dst_…\w+ \(deleted or unknown\)$/,
    );
    expect(await problemsOf(dashboard, 'dead letters of a deleted destination')).toEqual([]);
    await page.getByRole('button', { name: 'Select all shown' }).click();
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await eventually('they are gone', async () => (await deadLettersOf(id)).length === 0);
  });

  it('check boxes have the same size on a phone as on a wide screen', async () => {
    const id = await failing('Ticked', 1);
    const { page } = await listOf(id);
    const size = async () => (await page.getByRole('checkbox').first().boundingBox())?.width;
    const wide = await size();
    await page.setViewportSize(phone.viewport);
    expect(await size()).toBe(wide);
  });

  it('the list is shown only once it is known what can be done with it', async () => {
    const id = await failing('Slow to be known', 1);
    await hawser.api('DELETE', `/v1/destinations/${id}`);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const mayResponse = Promise.withResolvers<void>();
    await page.route(`**/v1/destinations/${id}`, async (route) => {
      await mayResponse.promise;
      await route.continue();
    });
    const isAnswered = page.waitForResponse((response) => response.url().includes('/v1/dead-letters'));
    await dashboard.goto(`/dead-letters?destination=${id}`);
    await (await isAnswered).finished();
    await frames(page);
    const sends = page.getByRole('button', { name: 'Send again', exact: true });
    expect([await page.getByRole('checkbox').count(), await sends.count()]).toEqual([0, 0]);
    mayResponse.resolve();
    await page.getByRole('checkbox').waitFor();
    expect(await page.getByText('This destination is deleted').count()).toBe(1);
    expect(await sends.count()).toBe(0);
  });

  it('“Send all again” names the destination, by its id if the name is unknown', async () => {
    const id = await failing('Named late', 1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.route(
      (url) => url.pathname.startsWith('/v1/destinations'),
      (route) => route.abort(),
    );
    await dashboard.goto(`/dead-letters?destination=${id}`);
    await page.getByRole('checkbox').waitFor();
    await page.getByRole('button', { name: 'Send all again…' }).click();
    const asked = page.getByRole('dialog').getByText('All dead letters of');
    expect(await asked.innerText()).toContain(`All dead letters of ${id} are sent again`);
    await page.unrouteAll();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('checkbox').waitFor();
    await page.getByRole('button', { name: 'Send all again…' }).click();
    await asked.getByText('Named late').waitFor();
  });

  it('the reason for a dead letter is in words, as on the page of the delivery', async () => {
    const id = await failing('In words', 1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/dead-letters?destination=${id}`);
    const why = 'no retries left';
    await page.getByRole('cell', { name: why }).waitFor();
    await dashboard.goto(`/deliveries/${(await deadLettersOf(id))[0]}`);
    await page.locator('.definition-list').getByText(why).waitFor();
  });

  it('the reason of a failed transform precedes its message, in a column wide enough for it', async () => {
    const make = async (path: string, body: object) =>
      (await hawser.api<{ id: string; ingest_url: string }>('POST', path, body)).body;
    const source = await make('/v1/sources', { name: 'Shop' });
    const transform = "function transform() { return { path: '/a?b' }; }";
    const made = { url: receiver.url, name: 'Formed', transform };
    const { id } = await make(`/v1/sources/${source.id}/destinations`, made);
    await fetch(source.ingest_url, { method: 'POST', body: '{}' });
    await eventually('it is dead', async () => (await deadLettersOf(id)).length === 1);
    const dashboard = await listOf(id);
    const { page } = dashboard;
    const why = page.getByRole('cell', { name: /transform.* failed: path must not have \? or #/ });
    const linesOf = (cell: Locator) =>
      cell.evaluate((each) => {
        const range = document.createRange();
        range.selectNodeContents(each.firstElementChild ?? each);
        return new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 8))).size;
      });
    expect(await linesOf(why)).toBeLessThanOrEqual(4);
    const box = page.locator('.table-box').first();
    expect(await box.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await problemsOf(dashboard, 'a dead letter of a transform on a narrow screen')).toEqual([]);
    // Beside the header, which has 7rem, as the words before it.
    const [cell, message] = await Promise.all([why.boundingBox(), why.locator('bdi').boundingBox()]);
    expect((message?.x ?? 0) - (cell?.x ?? 0)).toBeGreaterThan(7 * 16);
    expect(await box.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    await dashboard.goto(`/deliveries/${(await deadLettersOf(id))[0]}`);
    await page
      .locator('.definition-list')
      .getByText(/transform.* failed: .*path must not have \? or #/)
      .waitFor();
  });

  it('a partial discard reports what was discarded and what was gone, and keeps the rest selected', async () => {
    const id = await failing('In part', 7);
    const [, gone] = await deadLettersOf(id);
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    // The page does not know yet that somebody else has discarded one, and Hawser fails at the last.
    const { body: before } = await hawser.api('GET', `/v1/dead-letters?destination_id=${id}`);
    let isKnown = false;
    await page.route(
      ({ pathname }) => pathname === '/v1/dead-letters',
      (route) => (isKnown ? route.continue() : route.fulfill({ json: before })),
    );
    await dashboard.goto(`/dead-letters?destination=${id}`);
    await page.getByRole('checkbox').nth(6).waitFor();
    await page.getByRole('button', { name: 'Select all shown' }).click();
    await hawser.api('DELETE', `/v1/dead-letters/${gone}`);
    const last = (await deadLettersOf(id)).at(-1);
    const failed = { status: 500, json: { error: 'Internal Server Error', message: 'It failed', code: 'INTERNAL' } };
    await page.route(`**/v1/dead-letters/${last}`, (route) => {
      isKnown = true;
      return route.fulfill(failed);
    });
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByText('5 discarded, 1 could not be, 1 left.').waitFor();
    await page.getByText(`${gone} is not a dead letter; it is cancelled`).waitFor();
    await page.getByText('It failed', { exact: true }).waitFor();
    await page.getByText('1 selected').waitFor();
    await eventually('one is shown', async () => (await page.getByRole('checkbox').count()) === 1);
    expect(await page.getByRole('checkbox').isChecked()).toBe(true);
    expect(await deadLettersOf(id)).toEqual([last]);
    expect(await problemsOf(dashboard, 'dead letters that are discarded in part')).toEqual([]);

    await page.unrouteAll();
    await page.getByRole('button', { name: 'Discard…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('status').getByText('1 discarded').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('the selection is kept while others are discarded', async () => {
    const id = await failing('Selected meanwhile', 2);
    const [first, second] = await deadLettersOf(id);
    const { page } = await listOf(id);
    const mayResponse = Promise.withResolvers<void>();
    await page.route(`**/v1/dead-letters/${first}`, async (route) => {
      await mayResponse.promise;
      await route.continue();
    });
    await select(page, first).check();
    await discardSelected(page);
    await page.getByText('0 of 1 done').waitFor();
    await select(page, second).check();
    mayResponse.resolve();
    await page.getByText('1 selected').waitFor();
    expect(await select(page, second).isChecked()).toBe(true);
    await select(page, first).waitFor({ state: 'detached' });
  });

  it('the outcome of a selection is hidden once another list is shown', async () => {
    const [id, other] = [await failing('Looked at first', 2), await failing('Looked at next', 1)];
    const [gone, failed] = await deadLettersOf(id);
    const { page } = await listOf(id);
    await page.route(`**/v1/dead-letters/${gone}`, (route) =>
      route.fulfill({ status: 404, json: { error: 'Not Found', message: 'Is gone', code: 'RESOURCE_NOT_FOUND' } }),
    );
    await page.route(`**/v1/dead-letters/${failed}`, (route) =>
      route.fulfill({ status: 500, json: { error: 'Internal Server Error', message: 'It failed', code: 'INTERNAL' } }),
    );
    await page.getByRole('button', { name: 'Select all shown' }).click();
    await discardSelected(page);
    await page.getByText('0 discarded, 1 could not be, 1 left.').waitFor();
    await page.getByText('It failed', { exact: true }).waitFor();
    await page.getByLabel('Destination').selectOption(other);
    await select(page, (await deadLettersOf(other))[0]).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it.each([
    ['the last', '/v1/replays?limit=5'],
    ['the running', '/v1/replays?status=running'],
  ])('a failure to load %s replays is shown once and can be retried', async (_which, path) => {
    await failing('Of no replay', 1);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const failure = { status: 500, json: { error: 'Internal Server Error', message: 'No replays', code: 'INTERNAL' } };
    await page.route(
      ({ pathname, search }) => pathname + search === path,
      (route) => route.fulfill(failure),
    );
    await dashboard.goto('/dead-letters');
    await page.getByRole('heading', { name: 'Last replays' }).waitFor();
    await page.getByRole('alert').getByText('No replays').waitFor();
    expect(await page.getByRole('alert').count()).toBe(1);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('a replay shows how many are queued, and those are still sent after it is stopped', async () => {
    const id = await failing('Slowly', 12);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/dead-letters?destination=${id}`);
    await page.getByRole('checkbox').first().waitFor();
    await page.getByRole('button', { name: 'Send all again…' }).click();
    await page.getByLabel('At most, per second').fill('1');
    await page.getByRole('dialog').getByRole('button', { name: 'Begin' }).click();
    const replays = page.getByRole('region', { name: 'Replays', exact: true });
    await replays.getByText(/: \d+ of 12 queued/).waitFor();
    await eventually('some are queued', async () => !(await replays.innerText()).includes(': 0 of'));
    await replays.getByRole('button', { name: 'Stop' }).click();
    await replays
      .getByText(/has been stopped .* queued, 0 skipped\. What it has already queued is still sent\./)
      .waitFor();
    expect(await replays.getByRole('link', { name: 'deliveries' }).getAttribute('href')).toBe(
      `/deliveries?destination=${id}`,
    );
    expect(await problemsOf(dashboard, 'a replay that was stopped')).toEqual([]);
  });

  it('the outcome of a replay is shown to somebody who was not there when it ended', async () => {
    const id = await failing('Seen later', 1);
    const { body: replay } = await hawser.api<{ id: string }>('POST', '/v1/replays', { destination_id: id });
    await eventually('it is over', async () => {
      const { body } = await hawser.api<{ status: string }>('GET', `/v1/replays/${replay.id}`);
      return body.status === 'completed';
    });
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto('/dead-letters');
    const row = page.getByRole('table', { name: 'Last replays' }).getByRole('row').filter({ hasText: 'Seen later' });
    const cells = row.getByRole('cell');
    await cells.filter({ hasText: 'completed' }).waitFor();
    expect(await cells.nth(3).innerText()).toBe('1');
    expect(await problemsOf(dashboard, 'dead letters with replays')).toEqual([]);
    await row.getByRole('link', { name: 'deliveries' }).click();
    await page.waitForURL(`**/deliveries?destination=${id}`);
    expect(dashboard.complaints).toEqual([]);
  });
});

function select(page: Page, deadLetter: string | undefined): Locator {
  return page.getByLabel(`Select ${shortId(deadLetter ?? '')}`);
}

async function discardSelected(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Discard…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
}

/** Until what has been answered is shown. */
async function frames(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}
