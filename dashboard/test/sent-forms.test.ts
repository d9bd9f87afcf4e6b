import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { Dashboard, hasBrowser, inABrowser } from './browser.ts';
import { browser, hawser, withStack } from './stack.ts';

interface Ids {
  readonly destinationId: string | undefined;
  readonly connectionId: string | undefined;
}

interface SentForm {
  /** The address of its page. */
  readonly at: (ids: Ids) => string;
  readonly field: (page: Page) => Promise<Locator>;
  readonly typed: string;
  readonly sentTo: string;
  /** Else by the return key. */
  readonly sentBy?: string;
}

const destination = ({ destinationId }: Ids) => `/destinations/${destinationId}`;
const connection = ({ connectionId }: Ids) => `/connections/${connectionId}`;

const opened = async (page: Page, button: string, label: string) => {
  await page.getByRole('button', { name: button }).first().click();
  return page.getByRole('dialog').getByLabel(label, { exact: true });
};

const forms: Readonly<Record<string, SentForm>> = {
  'a new source': {
    at: () => '/sources',
    field: (page) => opened(page, 'New source', 'Name'),
    typed: 'GitHub',
    sentTo: '**/v1/sources',
  },
  'a new key': {
    at: () => '/keys',
    field: (page) => opened(page, 'New key', 'Name'),
    typed: 'Reports',
    sentTo: '**/v1/api-keys',
  },
  'a new connection': {
    at: () => '/connections',
    field: (page) => opened(page, 'New connection', 'Name'),
    typed: 'Orders',
    sentTo: '**/v1/connections',
  },
  'the overlap of secrets': {
    at: destination,
    field: (page) => opened(page, 'Rotate…', 'Overlap in hours'),
    typed: '12',
    sentTo: '**/rotate-secret',
  },
  settings: {
    at: destination,
    field: async (page) => {
      await page.getByText('Settings', { exact: true }).click();
      return page.getByLabel('Description');
    },
    typed: 'half a sentence',
    sentTo: '**/v1/destinations/*',
  },
  'a test webhook': {
    at: destination,
    field: async (page) => page.getByLabel('Body of the test webhook'),
    typed: '{}',
    sentTo: '**/test',
    sentBy: 'Send a test webhook',
  },
  'a filter that is saved': {
    at: connection,
    field: async (page) => page.getByLabel('Only events that match'),
    typed: '{"body":1}',
    sentTo: '**/v1/connections/*',
    sentBy: 'Save filter',
  },
  'a filter that is tried': {
    at: connection,
    field: async (page) => page.getByLabel('Only events that match'),
    typed: '{"body":1}',
    sentTo: '**/v1/filters/test',
    sentBy: 'Try',
  },
  'a transform': {
    at: connection,
    field: async (page) => page.getByLabel('JavaScript that makes the request'),
    typed: 'function transform() {}',
    sentTo: '**/v1/connections/*',
    sentBy: 'Save transform',
  },
};

/** What is sent there waits, and is refused. @returns what lets it be */
async function heldBack(page: Page, url: string): Promise<() => void> {
  let refuse = () => {};
  const isRefused = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  await page.route(url, async (route) => {
    if (route.request().method() === 'GET') return route.continue();
    await isRefused;
    await route.fulfill({ status: 409, json: { error: 'Conflict', message: 'Refused for now', code: 'CONFLICT' } });
  });
  return refuse;
}

describe.skipIf(!hasBrowser)(`submitted forms of the dashboard ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();

  let ids: Ids;
  beforeAll(async () => {
    const url = 'https://example.com/hook';
    const { sourceId, ingestUrl, destinations } = await hawser.route('Sent', { url, enabled: false });
    await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const path = `/v1/connections?source_id=${sourceId}`;
    const { body } = await hawser.api<{ connections: { id: string }[] }>('GET', path);
    ids = { destinationId: destinations[0]?.id, connectionId: body.connections[0]?.id };
  });

  it.each(Object.entries(forms))(
    '%s is locked while submitted, and unlocked with its focus once refused',
    async (_, form) => {
      const dashboard = await Dashboard.signedIn(browser, hawser);
      const { page } = dashboard;
      await dashboard.goto(form.at(ids));
      await dashboard.settled();
      const field = await form.field(page);
      const refuse = await heldBack(page, form.sentTo);
      await field.fill(form.typed);
      if (form.sentBy) await page.getByRole('button', { name: form.sentBy }).first().focus();
      const focused = await page.evaluateHandle(() => document.activeElement);
      await page.keyboard.press('Enter');
      await eventually('it is locked', () => field.isDisabled());
      // The browser takes the focus away in a frame after that.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      refuse();
      await page.getByText('Refused for now').waitFor();
      expect(await field.isDisabled()).toBe(false);
      expect(await field.inputValue()).toBe(form.typed);
      expect(await focused.evaluate((element) => element === document.activeElement)).toBe(true);
    },
  );

  it('the key field is locked while signing in, and can be corrected at once', async () => {
    const dashboard = await Dashboard.open(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto('/');
    const field = page.getByLabel('API key');
    const refuse = await heldBack(page, '**/v1/session');
    await field.fill('hwk_mistyped');
    await field.press('Enter');
    await eventually('it is locked', () => field.isDisabled());
    refuse();
    await page.getByText('Refused for now').waitFor();
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});
