import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

/** What is said as long as the same thing can be sent again. */
const NOT_TWICE = 'not done twice';

interface Attempts {
  readonly status: string;
  readonly attempt_count: number;
}

describe.skipIf(!hasBrowser)(`lost responses ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  withReceiver(answer(503, 'busy'));

  /** The API does what is asked for there next, and its answer gets lost. */
  async function loseResponse(page: Page, url: string): Promise<void> {
    await page.route(
      url,
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
  }

  /** What is asked for there waits: what has come of it is not seen. @returns what lets it be answered */
  async function heldBack(page: Page, url: string): Promise<() => void> {
    const letGo = Promise.withResolvers<void>();
    await page.route(url, async (route) => {
      await letGo.promise;
      await route.continue();
    });
    return letGo.resolve;
  }

  /** A delivery that has failed once, for good. */
  async function dead(name: string): Promise<{ readonly id: string; readonly destinationId: string | undefined }> {
    const { ingestUrl, destinations } = await hawser.route(name, { url: receiver.url, name, retry_max_attempts: 0 });
    await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const destinationId = destinations[0]?.id;
    const id = await eventually('it is dead', async () => {
      const path = `/v1/deliveries?destination_id=${destinationId}&status=dead`;
      return (await hawser.api<{ deliveries: { id: string }[] }>('GET', path)).body.deliveries[0]?.id;
    });
    return { id, destinationId };
  }

  const deadAfter = (id: string, attempts: number) =>
    eventually(`${attempts} attempts`, async () => {
      const { body } = await hawser.api<Attempts>('GET', `/v1/deliveries/${id}`);
      return body.status === 'dead' && body.attempt_count === attempts;
    });

  const named = async (name: string) =>
    (await hawser.api<{ destinations: unknown[] }>('GET', `/v1/destinations?search=${encodeURIComponent(name)}`)).body
      .destinations;

  it('a destination can be archived again after an earlier response was lost', async () => {
    const { destinations } = await hawser.route('Seasonal', { url: receiver.url, name: 'Seasonal' });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const dialog = page.getByRole('dialog');
    const archive = async () => {
      await page.getByRole('button', { name: 'Archive…' }).click();
      await dialog.getByRole('button', { name: 'Archive', exact: true }).click();
    };
    const main = page.getByRole('navigation', { name: 'Main' });
    await dashboard.goto('/destinations');
    await page.getByRole('link', { name: 'Seasonal' }).click();
    await loseResponse(page, '**/archive');
    await archive();
    await dialog.getByText(NOT_TWICE).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await main.getByRole('link', { name: 'Sources' }).click();
    await page.getByRole('heading', { name: 'Sources', level: 1 }).waitFor();
    await page.goBack();
    await page.goBack();
    await page.goForward();
    await page.getByRole('button', { name: 'Unarchive' }).click();
    await archive();
    await dialog.waitFor({ state: 'detached' });
    const { body } = await hawser.api<{ archived_at: string | null }>('GET', `/v1/destinations/${destinations[0]?.id}`);
    expect(body.archived_at).not.toBeNull();
  });

  it('a delivery seen to be dead again is sent again by the next press', async () => {
    const { id } = await dead('Books');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/deliveries/${id}`);
    const again = page.getByRole('button', { name: 'Send again' });
    await again.waitFor();
    const letSee = await heldBack(page, `**/v1/deliveries/${id}`);
    await loseResponse(page, '**/retry');
    await again.click();
    await page.getByText(NOT_TWICE).waitFor();
    await deadAfter(id, 2);
    letSee();
    await page.getByText('Attempt 2', { exact: true }).waitFor();
    // What came of it is told by the page.
    await page.getByText(NOT_TWICE).waitFor({ state: 'detached' });
    await again.click();
    await deadAfter(id, 3);
  });

  it('an event seen to have been sent again is sent once more by the next press', async () => {
    const { id } = await dead('Shelf');
    const { body } = await hawser.api<{ event_id: string }>('GET', `/v1/deliveries/${id}`);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(`/events/${body.event_id}`);
    const again = page.getByRole('button', { name: 'Send again' });
    await page.getByRole('table', { name: 'Deliveries of this event' }).waitFor();
    const letSee = await heldBack(page, '**/v1/deliveries?*');
    await loseResponse(page, '**/replay');
    await again.click();
    await page.getByText(NOT_TWICE).waitFor();
    await deadAfter(id, 2);
    letSee();
    await page.getByText(NOT_TWICE).waitFor({ state: 'detached' });
    await again.click();
    await deadAfter(id, 3);
  });

  it("the first view of an event's deliveries does not settle a lost “Send again”", async () => {
    const { id } = await dead('Attic');
    const { body } = await hawser.api<{ event_id: string }>('GET', `/v1/deliveries/${id}`);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.route('**/v1/deliveries?*', (route) => route.abort());
    await page.route('**/replay', (route) => route.abort(), { times: 1 });
    await dashboard.goto(`/events/${body.event_id}`);
    const again = page.getByRole('button', { name: 'Send again' });
    await again.click();
    await page.getByText(NOT_TWICE).waitFor();
    await page.unroute('**/v1/deliveries?*');
    await page.getByRole('table', { name: 'Deliveries of this event' }).waitFor();
    expect(await page.getByText(NOT_TWICE).count()).toBe(1);
    await again.click();
    await deadAfter(id, 2);
    await page.getByText(NOT_TWICE).waitFor({ state: 'detached' });
  });

  it('each replay sends all dead letters again, also after one whose response was lost', async () => {
    const { id, destinationId } = await dead('Ledger');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const dialog = page.getByRole('dialog');
    await dashboard.goto(`/dead-letters?destination=${destinationId}`);
    await loseResponse(page, '**/dead-letters/replay');
    await page.getByRole('button', { name: 'Send all again' }).click();
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.getByText(NOT_TWICE).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await deadAfter(id, 2);
    await page.getByRole('button', { name: 'Send all again' }).click();
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.waitFor({ state: 'detached' });
    await deadAfter(id, 3);
  });

  it('a circuit seen to be closed is not said to be possibly closed', async () => {
    const { destinations } = await hawser.route('Fuse', { url: receiver.url, name: 'Fuse', retry_max_attempts: 0 });
    const path = `/v1/destinations/${destinations[0]?.id}/circuit`;
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const at = new Date().toISOString();
    const isClosed = { state: 'closed', failure_count: 0, opened_at: null, next_probe_at: null };
    const isOpen = { state: 'open', failure_count: 5, opened_at: at, next_probe_at: at };
    let shown: object = isOpen;
    await page.route(`**${path}`, (route) => route.fulfill({ json: shown }));
    await page.route(`**${path}/reset`, (route) => route.abort());
    await dashboard.goto(`/destinations/${destinations[0]?.id}`);
    await page.getByRole('button', { name: 'Close it and send what is held' }).click();
    await page.getByText(NOT_TWICE).waitFor();
    shown = isClosed;
    await page.getByText('nothing is held because of failures').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it.each<[what: string, button: string, submit: string, make: () => Promise<{ page: string; path: string }>]>([
    [
      'a source is deleted',
      'Delete…',
      'Delete',
      async () => {
        const { body } = await hawser.api<{ id: string }>('POST', '/v1/sources', { name: 'Unwanted' });
        return { page: `/sources/${body.id}`, path: `/v1/sources/${body.id}` };
      },
    ],
    [
      'a key is revoked',
      'Revoke Unwanted',
      'Revoke',
      async () => {
        const { body } = await hawser.api<{ id: string }>('POST', '/v1/api-keys', { name: 'Unwanted', scope: 'read' });
        return { page: '/keys', path: `/v1/api-keys/${body.id}` };
      },
    ],
  ])(
    '%s by the second press where the first was not answered, and nobody is told that it is not there',
    async (_, button, submit, make) => {
      const made = await make();
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      const dialog = page.getByRole('dialog');
      const opener = page.getByRole('button', { name: button });
      const send = dialog.getByRole('button', { name: submit, exact: true });
      await dashboard.goto(made.page);
      await dashboard.settled();
      await loseResponse(page, `**${made.path}`);
      await opener.click();
      await send.click();
      await dialog.getByText('It may have been done anyway').waitFor();
      // Whoever asks once more asks for the same.
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await opener.click();
      await send.click();
      await dialog.waitFor({ state: 'detached' });
      await opener.waitFor({ state: 'detached' });
      expect(await page.getByRole('alert').count()).toBe(0);
    },
  );

  /** A form of a new destination, which was sent, done and not answered. */
  async function sentForm(name: string) {
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/destinations/new');
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('URL').fill(receiver.url);
    await loseResponse(page, '**/v1/destinations');
    const create = page.getByRole('button', { name: 'Create', exact: true });
    await create.click();
    await page.getByText(NOT_TWICE).waitFor();
    return { dashboard, page, create, secret: page.getByRole('region', { name: 'Created' }).getByText(/^whsec_/) };
  }

  it('a form submitted again after a lost response creates one destination and shows its secret', async () => {
    const { create, secret } = await sentForm('Made once');
    await create.click();
    await secret.waitFor();
    expect(await named('Made once')).toHaveLength(1);
  });

  it('a form submitted again after renewing the session creates one destination', async () => {
    const { dashboard, page, create, secret } = await sentForm('Kept');
    await page.context().clearCookies();
    await create.click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.waitFor();
    await dashboard.signIn();
    await again.waitFor({ state: 'detached' });
    expect(await page.getByText(NOT_TWICE).count()).toBe(1);
    await create.click();
    await secret.waitFor();
    expect(await named('Kept')).toHaveLength(1);
  });
});
