import { describe, expect, it } from 'vitest';
import { Dashboard, hasBrowser, inABrowser, phone } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`the page of sources ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  const make = async (name: string) => (await hawser.api<{ id: string }>('POST', '/v1/sources', { name })).body.id;

  it('sources can be searched by name, which the address keeps, and an empty result says so', async () => {
    await make('GitHub');
    await make('gitlab');
    await make('Stripe');
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto('/sources');
    const rows = page.getByRole('table').getByRole('link');
    await rows.nth(2).waitFor();
    await page.getByLabel('Search by name').fill('GIT');
    await rows.getByText('Stripe').waitFor({ state: 'detached' });
    // The list is empty for as long as what is found is on its way.
    await rows.nth(1).waitFor();
    expect((await rows.allInnerTexts()).toSorted()).toEqual(['GitHub', 'gitlab']);
    expect(new URL(page.url()).search).toBe('?search=GIT');
    await page.reload();
    await rows.nth(1).waitFor();
    expect(await page.getByLabel('Search by name').inputValue()).toBe('GIT');
    await page.getByLabel('Search by name').fill('nobody');
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    expect(await problemsOf(dashboard, 'sources that are searched')).toEqual([]);
    expect(dashboard.complaints).toEqual([]);
  });

  it('one long name does not narrow the column of URLs', async () => {
    await make('Short');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const heights = async () => {
      await dashboard.goto('/sources');
      await page.getByRole('cell', { name: /Short/ }).waitFor();
      await dashboard.settled();
      const row = page.getByRole('row').filter({ hasText: 'Short' });
      return row.evaluate((each) => each.getBoundingClientRect().height);
    };
    const before = await heights();
    const id = await make('W'.repeat(100));
    // The last row has a half of a pixel of its own.
    expect((await heights()) - before).toBeLessThan(2);
    const link = page.locator(`a[href="/sources/${id}"]`);
    expect(await link.getAttribute('title')).toContain('W'.repeat(100));
    expect((await link.boundingBox())?.width).toBeLessThan(250);
  });
});
