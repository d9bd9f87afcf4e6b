import { mkdir } from 'node:fs/promises';
import { beforeAll, describe, it } from 'vitest';
import { eventually } from '../../test/support/hawser.ts';
import { answer } from '../../test/support/receiver.ts';
import { Dashboard, hasBrowser, phone, wide } from './browser.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

/** `HAWSER_SCREENSHOTS=1` makes the pictures of the documentation anew. */
const isWanted = process.env.HAWSER_SCREENSHOTS === '1' && hasBrowser;
const folder = new URL('../../docs/images/', import.meta.url).pathname;

const EVENTS = 240;
const LEGACY_FAILURES = 5;

describe.skipIf(!isWanted)('screenshots of the dashboard (HAWSER_SCREENSHOTS=1)', { timeout: 300_000 }, () => {
  withStack();
  withReceiver();
  let pages: Readonly<Record<string, string>>;
  beforeAll(async () => {
    await mkdir(folder, { recursive: true });
    pages = await busyWorld();
  }, 300_000);

  it.each([
    ['overview', wide],
    ['connections', wide],
    ['destination', wide],
    ['event', wide],
    ['connection', wide],
    ['deliveries', wide],
    ['overview-on-a-phone', phone],
  ] as const)('the screenshot of %s is taken', async (name, screen) => {
    const dashboard = await Dashboard.signedIn(browser, hawser, screen);
    await dashboard.goto(pages[name.replace('-on-a-phone', '')] ?? '/');
    await dashboard.settled();
    await dashboard.page.screenshot({ path: `${folder}${name}.png` });
  });

  /** A shop with three senders and four receivers, of which one is out of order. */
  async function busyWorld(): Promise<Readonly<Record<string, string>>> {
    let legacy = 0;
    receiver.behave = (webhook, response) => {
      const isLegacy = webhook.url.startsWith('/legacy');
      if (isLegacy) legacy += 1;
      const isBroken = isLegacy && legacy > EVENTS / 2;
      setTimeout(() => answer(isBroken ? 503 : 200, isBroken ? 'maintenance' : 'ok')(webhook, response), legacy % 40);
    };
    const url = (path: string) => new URL(path, receiver.url).href;
    const shop = await hawser.route('Shop', { url: url('/orders'), name: 'Order service' });
    const stripe = await hawser.route(
      'Stripe',
      { url: url('/books'), name: 'Bookkeeping', ordering: 'none', rate_limit: { limit: 500, period: 'second' } },
      {
        url: url('/legacy'),
        name: 'Legacy ERP',
        retry_max_attempts: 0,
        circuit_breaker: { failure_threshold: LEGACY_FAILURES },
      },
    );
    const github = await hawser.route('GitHub', { url: url('/builds'), name: 'Build' });
    const connected = await hawser.api<{ id: string }>('POST', '/v1/connections', {
      source_id: shop.sourceId,
      destination_id: stripe.destinations[0]?.id,
      name: 'Paid orders to the books',
      filter: { body: { type: 'order.paid' } },
      transform: 'function transform({ json }) {\n  return { body: { order: json.order, total: json.total } };\n}\n',
    });
    for (let number = 0; number < EVENTS; number++) {
      const paid = { type: number % 3 === 0 ? 'order.created' : 'order.paid', order: 1_000 + number, total: 49.9 };
      await post(`${shop.ingestUrl}/orders`, paid);
      await post(stripe.ingestUrl, { id: `evt_${number}`, type: 'invoice.paid' });
      if (number % 4 === 0) await post(github.ingestUrl, { ref: 'refs/heads/main', commits: [] });
    }
    const dead = await eventually('dead letters', async () => {
      const { body } = await hawser.api<{ dead_letters: { event_id: string }[] }>('GET', '/v1/dead-letters');
      return body.dead_letters.length >= LEGACY_FAILURES && body.dead_letters;
    });
    return {
      overview: '/',
      connections: '/connections',
      connection: `/connections/${connected.body.id}`,
      destination: `/destinations/${stripe.destinations[1]?.id}`,
      event: `/events/${dead[0]?.event_id}`,
      deliveries: '/deliveries',
    };
  }

  async function post(to: string, body: unknown): Promise<void> {
    await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }
});
