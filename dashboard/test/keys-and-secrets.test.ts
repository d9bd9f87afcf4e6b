import { describe, expect, it } from 'vitest';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { browser, hawser, withStack } from './stack.ts';

describe.skipIf(!hasBrowser)(`keys and secrets at the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  it('the previous secret is shown with the time until which it signs', async () => {
    const { destinations } = await hawser.route('Shop', { url: 'http://127.0.0.1:9876/', name: 'Rotated' });
    const id = destinations[0]?.id;
    await hawser.api('POST', `/v1/destinations/${id}/rotate-secret`, { overlap_seconds: 3_600 });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.clock.install();
    await dashboard.goto(`/destinations/${id}`);
    const before = page.getByText('the previous one also signs');
    await before.waitFor();
    await page.clock.fastForward(3_601_000);
    await before.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Rotate…' }).waitFor();
    expect(await before.count()).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });

  it("revoking one's own key warns that it ends the session", async () => {
    const made = { name: 'My own', scope: 'admin' };
    const { body } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', made);
    await hawser.api('POST', '/v1/api-keys', { ...made, name: 'Of another' });
    const dashboard = await Dashboard.signedIn(browser, hawser, undefined, body.key);
    const { page } = dashboard;
    await dashboard.goto('/keys');
    const dialog = page.getByRole('dialog');
    const told = dialog.getByText('You are signed in with this key, and will be signed out at once.');
    await page.getByRole('button', { name: 'Revoke Of another' }).click();
    await dialog.getByText('Programs that use').waitFor();
    expect(await told.count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Revoke My own' }).click();
    await told.waitFor();
  });
});
