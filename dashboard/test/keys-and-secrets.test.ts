import { describe, expect, it } from 'vitest';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { browser, hawser, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`keys and secrets at the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  it('the secret before the last rotation is said to sign for as long as it does', async () => {
    const { destinations } = await hawser.route('Shop', { url: 'http://127.0.0.1:9876/', name: 'Rotated' });
    const id = destinations[0]?.id;
    await hawser.api('POST', `/v1/destinations/${id}/rotate-secret`, { overlap_seconds: 3_600 });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.clock.install();
    await dashboard.goto(`/destinations/${id}`);
    const before = page.getByText('the one before signs, too');
    await before.waitFor();
    await page.clock.fastForward(3_601_000);
    await before.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Rotate…' }).waitFor();
    expect(await before.count()).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });
});
