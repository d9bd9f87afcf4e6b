import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, inABrowser, phone, wide } from './browser.ts';
import { problemsOf } from './problems.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

const MARKUP = '<img src=x onerror="document.title=\'owned\'">';

describe.skipIf(!hasBrowser)(`the page of a delivery ${inABrowser}`, { timeout: 120_000 }, () => {
  withStack();
  withReceiver(answer(503, 'busy'));

  /** Sends an event to a new destination. @returns the path of its delivery's page, once the delivery is in that state */
  async function delivered(status: string, settings: object, body = '{"order":7}'): Promise<string> {
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, name: 'Books', ...settings });
    return sent(status, ingestUrl, destinations[0]?.id, body);
  }

  async function sent(status: string, ingestUrl: string, destination: string | undefined, body: string) {
    await fetch(ingestUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const path = `/v1/deliveries?destination_id=${destination}&status=${status}`;
    const id = await eventually(`a delivery that is ${status}`, async () => {
      const { body: list } = await hawser.api<{ deliveries: { id: string }[] }>('GET', path);
      return list.deliveries[0]?.id;
    });
    return `/deliveries/${id}`;
  }

  /** @returns the path of the page of a delivery that is not tried as long as its destination has had enough */
  async function waitingForItsTurn(ingestUrl: string): Promise<string> {
    const event = await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const { id } = (await event.json()) as { id: string };
    const { body } = await hawser.api<{ deliveries: { id: string }[] }>('GET', `/v1/events/${id}`);
    return `/deliveries/${body.deliveries[0]?.id}`;
  }

  it('the requested URL is shown without its secrets, and the sent body on demand', async () => {
    const url = `${receiver.url}/orders?region=eu&token=of-nobody-else`;
    const path = await delivered('dead', { url, retry_max_attempts: 0 }, JSON.stringify({ note: MARKUP }));
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    let asked = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.startsWith('/v1/events/')) asked += 1;
    });
    await dashboard.goto(path);
    await page.getByText(`POST ${receiver.url}/orders?region=eu&token=••••`, { exact: true }).waitFor();
    expect(await page.content()).not.toContain('of-nobody-else');
    expect(asked).toBe(0);

    await page.getByText('The body that was sent').click();
    await page.getByRole('tablist', { name: 'body that was sent' }).getByRole('tab', { name: 'Raw' }).click();
    await page.getByText(JSON.stringify({ note: MARKUP }), { exact: true }).waitFor();
    expect(asked).toBe(1);
    expect(await page.title()).not.toBe('owned');
    expect(await problemsOf(dashboard, 'delivery')).toEqual([]);
    expect(dashboard.complaints).toEqual([]);
  });

  it('a transformed body is said to be so, and computed again for a key that may try transforms', async () => {
    const transform = 'function transform({ json }) { return { body: { doubled: 2 * json.order } }; }';
    const path = await delivered('dead', { transform, retry_max_attempts: 0 });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    await dashboard.goto(path);
    await dashboard.page.getByText('The body that was sent').click();
    await dashboard.page.getByText('"doubled": 14').waitFor();

    const { body } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name: 'reader', scope: 'read' });
    const reader = await Dashboard.open(browser, hawser, phone);
    await reader.goto(path);
    await reader.signIn(body.key);
    await reader.page.getByText('The body that was sent').click();
    await reader.page.getByText('The transform of the connection made it').waitFor();
    expect(await reader.page.getByText('doubled').count()).toBe(0);
    expect(await problemsOf(reader, 'delivery')).toEqual([]);
    expect([...dashboard.complaints, ...reader.complaints]).toEqual([]);
  });

  it('deeply nested JSON is shown as it came, since indented it would be thousands of times as long', async () => {
    const nested = '['.repeat(20_000) + ']'.repeat(20_000);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    await dashboard.goto(await delivered('dead', { retry_max_attempts: 0 }, nested));
    await dashboard.page.getByText('The body that was sent').click();
    await dashboard.page.getByText('too deeply nested to format as JSON').waitFor();
    await dashboard.page.getByText(nested, { exact: true }).waitFor();
    expect(await dashboard.page.getByRole('tab', { name: 'Pretty' }).count()).toBe(0);
    expect(dashboard.complaints).toEqual([]);
  });

  it('a body that fails to render does not take the rest of the page with it', async () => {
    const path = await delivered('dead', { retry_max_attempts: 0 });
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.route('**/v1/events/evt_*', async (route) => {
      const event = (await (await route.fetch()).json()) as object;
      await route.fulfill({ json: { ...event, body: 'not base64!', body_encoding: 'base64' } });
    });
    await dashboard.goto(path);
    await page.getByText('The body that was sent').click();
    await page.getByRole('alert').getByText('The body that was sent can’t be shown').waitFor();
    await page.getByRole('button', { name: 'Send again' }).waitFor();
    await page.getByRole('heading', { level: 1, name: /^Delivery/ }).waitFor();
    expect(await problemsOf(dashboard, 'delivery whose body fails')).toEqual([]);
  });

  it('a held delivery says why it is held, and what lets it continue', async () => {
    const disabled = await delivered('held', { name: 'Closed', enabled: false });
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto(disabled);
    await page.getByText('It is held, because Closed is disabled: somebody has asked for it').waitFor();
    const sendNow = page.getByRole('button', { name: 'Send now' });
    // It would only be held again.
    expect(await sendNow.count()).toBe(0);
    expect(await problemsOf(dashboard, 'held')).toEqual([]);

    const settings = { name: 'Fragile', retry_max_attempts: 0, circuit_breaker: { failure_threshold: 1 } };
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, ...settings });
    await sent('dead', ingestUrl, destinations[0]?.id, '{}');
    await dashboard.goto(await sent('held', ingestUrl, destinations[0]?.id, '{}'));
    await page.getByText('It is held because the circuit of Fragile is open: its last attempt has failed.').waitFor();
    await sendNow.waitFor();

    const clients = { type: 'websocket', name: 'Laptop', url: undefined, config: {} };
    await dashboard.goto(await delivered('held', clients));
    await page.getByText('because no client was connected to Laptop').waitFor();
    await page.getByRole('link', { name: 'Laptop' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Laptop' }).waitFor();
    expect(dashboard.complaints).toEqual([]);
  });

  it('a retrying delivery of a disabled destination says so, and does not offer “Send now”', async () => {
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, name: 'Closing' });
    const path = await sent('retrying', ingestUrl, destinations[0]?.id, '{}');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await dashboard.goto(path);
    await page.getByRole('button', { name: 'Send now' }).waitFor();
    await hawser.api('PATCH', `/v1/destinations/${destinations[0]?.id}`, { enabled: false });
    await page.reload();
    await page.getByText('Its next attempt will be held, because Closing is disabled: somebody').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Send now' }).count()).toBe(0);
  });

  it.each([
    [
      'cancelled',
      'function transform() { return null; }',
      'None was made: the transform of its connection drops its event.',
    ],
    [
      'dead',
      'function transform() { return absent; }',
      'None was made: the transform of its connection, or the template of its destination, failed',
    ],
  ])('a delivery %s before any attempt says why there was none', async (status, transform, why) => {
    const dashboard = await Dashboard.signedIn(browser, hawser, wide);
    await dashboard.goto(await delivered(status, { transform }));
    await dashboard.page.getByText(why).waitFor();
    expect(await dashboard.page.getByText('None has ended yet').count()).toBe(0);
  });

  it('a delivery that is dead again shows its new time, and “Send all again” names the time filter', async () => {
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, retry_max_attempts: 0 });
    const path = await sent('dead', ingestUrl, destinations[0]?.id, '{}');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    // As if the page had been looked at for a while.
    await page.clock.install({ time: Date.now() - 4_000 });
    await dashboard.goto(`/dead-letters?destination=${destinations[0]?.id}&since=2026-01-02T03:04:05.000Z`);
    const attempted = page.getByRole('table').locator('time');
    await attempted.waitFor();
    const id = path.split('/').at(-1);
    await hawser.api('POST', `/v1/dead-letters/${id}/replay`);
    await eventually('it has failed again', async () => {
      const { body } = await hawser.api<{ attempt_count: number; status: string }>('GET', `/v1/deliveries/${id}`);
      return body.attempt_count === 2 && body.status === 'dead';
    });
    await page.clock.fastForward(5_000);
    await page.getByRole('cell', { name: '2', exact: true }).waitFor();
    expect(await attempted.innerText()).toMatch(/now|ago/);
    await page.getByRole('button', { name: 'Send all again…' }).click();
    await page.getByText(/whose events were accepted since 2 Jan 2026, 03:04:05\sUTC\+0 are sent again/).waitFor();
  });

  it('a waiting delivery shows the pace of its destination', async () => {
    const limited = { name: 'Slow', rate_limit: { limit: 1, period: 'hour' }, ordering: 'fifo', retry_max_attempts: 0 };
    const { ingestUrl, destinations } = await hawser.route('Shop', { url: receiver.url, ...limited });
    await sent('dead', ingestUrl, destinations[0]?.id, '{}');
    const dashboard = await Dashboard.signedIn(browser, hawser);
    await dashboard.goto(await waitingForItsTurn(ingestUrl));
    await dashboard.page.getByText('Slow takes deliveries 1 an hour, in order').waitFor();
    await fetch(ingestUrl, { method: 'POST', body: '{}' });
    await dashboard.page.getByText('in order, and 2 wait there.').waitFor();
  });

  it('a pending delivery can be cancelled, even while destination names do not load', async () => {
    const slow = {
      url: receiver.url,
      name: 'Patient',
      rate_limit: { limit: 1, period: 'hour' },
      retry_max_attempts: 0,
    };
    const { ingestUrl, destinations } = await hawser.route('Shop', slow);
    await sent('dead', ingestUrl, destinations[0]?.id, '{}');
    const path = await waitingForItsTurn(ingestUrl);
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    await page.route(
      ({ pathname }) => pathname === '/v1/destinations',
      () => undefined,
    );
    await dashboard.goto(path);
    await page.getByText('Patient takes deliveries 1 an hour').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.definition-list').getByText('somebody has cancelled it').waitFor();
  });
});
