import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, inABrowser, phone, wide } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

const KEY = 'Reports';

/** Each by the page that it is on, and the button that opens it. */
const dialogs = [
  ['/sources', 'New source'],
  ['source', 'Delete…'],
  ['/connections', 'New connection'],
  ['connection', 'Delete…'],
  ['destination', 'Rotate…'],
  ['destination', 'Archive…'],
  ['destination', 'Delete…'],
  ['/dead-letters', 'Discard…'],
  ['/dead-letters', 'Send all again…'],
  ['/keys', 'New key'],
  ['/keys', `Revoke ${KEY}`],
] as const;

describe.skipIf(!hasBrowser)(`the dialogs of the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  withReceiver(answer(500));
  let paths: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const { sourceId, ingestUrl, destinations } = await hawser.route('Shop', {
      url: receiver.url,
      retry_max_attempts: 0,
    });
    await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const dead = await eventually('a dead letter', async () => {
      const { body } = await hawser.api<{ dead_letters: { connection_id: string }[] }>('GET', '/v1/dead-letters');
      return body.dead_letters[0];
    });
    await hawser.api('POST', '/v1/api-keys', { name: KEY, scope: 'read' });
    paths = {
      source: `/sources/${sourceId}`,
      destination: `/destinations/${destinations[0]?.id}`,
      connection: `/connections/${dead.connection_id}`,
    };
  }, 120_000);

  it('every dialog is accessible and fits the screen, on a wide light screen and a dark phone', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const problems: unknown[] = [];
    const look = async (name: string) => {
      for (const { viewport, colorScheme } of [phone, wide]) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        problems.push(...(await problemsOf(dashboard, `${name}, ${colorScheme}`)));
      }
    };
    const dialog = page.getByRole('dialog');
    for (const [place, opener] of dialogs) {
      await dashboard.goto(paths[place] ?? place);
      await dashboard.settled();
      if (opener === 'Discard…') await page.getByRole('checkbox', { name: /^Select dlv_/ }).check();
      await page.getByRole('button', { name: opener }).first().click();
      await dialog.waitFor();
      await look(`${place}: ${opener}`);
    }
    await dashboard.goto('/keys');
    await page.getByRole('button', { name: 'New key' }).first().click();
    await dialog.getByLabel('Name').fill('Shown once');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'The new key' }).waitFor();
    await look('the new key');
    expect(problems).toEqual([]);
    expect(dashboard.complaints).toEqual([]);
  });
});
