import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dashboard, hasBrowser, inABrowser, phone, wide } from './browser.ts';
import { type CrowdedWorld, crowdedWorld, deliveriesOfEachStatus } from './crowded-world.ts';
import { browser, hawser, receiver, withReceiver, withStack } from './stack.ts';

/** What is called good is below 0.1: https://web.dev/articles/cls. This is hardly seen. */
const MAX_SHIFT = 0.02;

/** Answers that are this far apart come in frames of their own, so that whatever jumps is seen to jump. */
const APART_MS = 60;

/** As wide a screen has tables with columns, which may be scrolled: styles/content.css. */
const WITH_COLUMNS = 768;

/** Each with another width, at which nothing must be wider than the screen: a small window, and the narrowest that WCAG has. */
const screens = [
  ['wide', wide, 800],
  ['on a phone', phone, 320],
] as const;

describe.skipIf(!hasBrowser)(`crowded pages of the dashboard ${inABrowser}`, { timeout: 180_000 }, () => {
  withStack();
  withReceiver();
  let world: CrowdedWorld;
  beforeAll(async () => {
    world = await crowdedWorld(hawser, receiver);
  }, 120_000);

  // All walks of a test at once: most of each is waiting for answers.
  it('pages do not jump while loading or scroll sideways, whatever names they contain', async () => {
    const walks = screens.map(async ([of, screen, narrower]) => {
      const dashboard = await slowlyAnswered(screen);
      const { page } = dashboard;
      const problems: unknown[] = [];
      for (const [name, path] of world.pages) {
        await dashboard.goto(path);
        await dashboard.settled();
        problems.push(...(await jumpsOf(page, `${name}, ${of}`)));
        for (const width of [narrower, screen.viewport.width]) {
          await page.setViewportSize({ ...screen.viewport, width });
          const taken = await page.evaluate(() => document.scrollingElement?.scrollWidth ?? 0);
          if (taken > width) problems.push([name, `is ${taken} px wide on a screen of ${width}`]);
          if (width < WITH_COLUMNS && (await cutOff(page)))
            problems.push([name, `has a table that is cut off at ${width}`]);
        }
      }
      return problems;
    });
    expect((await Promise.all(walks)).flat()).toEqual([]);
  });

  it('the page of a delivery does not jump while loading, whatever it waits for', async () => {
    const pages = await deliveriesOfEachStatus(hawser, receiver);
    // Where a line more is the most of the screen, and where the header has just room enough until a button comes.
    const walks = [320, 640].map(async (width) => {
      const dashboard = await slowlyAnswered({ ...wide, viewport: { ...wide.viewport, width } });
      const problems: unknown[] = [];
      for (const [name, path] of pages) {
        await dashboard.goto(path);
        await dashboard.settled();
        problems.push(...(await jumpsOf(dashboard.page, `${name}, at ${width} px`)));
      }
      return problems;
    });
    expect((await Promise.all(walks)).flat()).toEqual([]);
  });

  async function slowlyAnswered(screen: BrowserContextOptions): Promise<Dashboard> {
    const dashboard = await Dashboard.signedIn(browser, hawser, screen, world.key);
    await recordShifts(dashboard.page);
    await slowDown(dashboard.page);
    return dashboard;
  }

  it('a jump would be detected', async () => {
    const { page } = await Dashboard.signedIn(browser, hawser);
    await recordShifts(page);
    await page.reload();
    await page.locator('.figures').waitFor();
    await page.evaluate(() => document.querySelector('main')?.prepend(document.createElement('textarea')));
    expect(sumOf(await shiftsOf(page))).toBeGreaterThan(MAX_SHIFT);
  });

  it('nothing moves with reduced motion, while a page loads and after that', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser, wide, world.key);
    const { page } = dashboard;
    const moving = () =>
      page.evaluate(() => document.getAnimations().map(({ effect }) => (effect as KeyframeEffect).target?.className));
    const moved: unknown[] = [];
    // One rule is for all that moves: the first pages are enough of them.
    for (const [name, path] of world.pages.slice(0, 3)) {
      let answer = () => {};
      const mayResponse = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const others = (url: URL) => url.pathname.startsWith('/v1/') && url.pathname !== '/v1/session';
      await page.route(others, async (route) => {
        await mayResponse;
        await route.continue();
      });
      await dashboard.goto(path);
      await page.locator('.skeleton').first().waitFor();
      await page.emulateMedia({ reducedMotion: 'no-preference' });
      // Else this would find nothing, whatever there was.
      expect([name, await moving()]).toEqual([name, expect.arrayContaining(['skeleton-row'])]);
      await page.emulateMedia({ reducedMotion: 'reduce' });
      moved.push(...(await moving()).map((what) => [name, what]));
      answer();
      await dashboard.settled();
      moved.push(...(await moving()).map((what) => [name, what, 'loaded']));
      await page.unroute(others);
    }
    expect(moved).toEqual([]);
  });

  it('the figures of the overview are in even rows', async () => {
    const { page } = await Dashboard.signedIn(browser, hawser);
    await page.locator('.figures').waitFor();
    for (const width of [390, 700, 800, 1024, 1280, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      const tops = await page
        .locator('.figures > div')
        .evaluateAll((boxes) => boxes.map((box) => box.getBoundingClientRect().top));
      const perRow = [...Map.groupBy(tops, (top) => top).values()].map((row) => row.length);
      expect([width, new Set(perRow).size]).toEqual([width, 1]);
    }
  });

  it('the result of trying a filter or transform is above its buttons and as wide as its field', async () => {
    const { ingestUrl, sourceId } = await hawser.route('Tried', { url: receiver.url, name: 'Tried' });
    await fetch(ingestUrl, { method: 'POST', body: '{}' });
    const { body } = await hawser.api<{ connections: { id: string }[] }>(
      'GET',
      `/v1/connections?source_id=${sourceId}`,
    );
    const dashboard = await Dashboard.signedIn(browser, hawser);
    const { page } = dashboard;
    const places: unknown[] = [];
    for (const [name, text, told] of [
      ['Filter', '{"body":{"a":1}}', 'kept out'],
      ['Transform', "function transform() { return { path: '/a?b' }; }", 'failed'],
      ['Transform', 'function transform() { return null; }', 'Nothing would be sent'],
    ] as const) {
      await dashboard.goto(`/connections/${body.connections[0]?.id}`);
      const part = page.getByRole('region', { name });
      await part.getByRole('textbox').fill(text);
      await part.getByRole('button', { name: 'Try' }).click();
      await part.getByText(told).waitFor();
      const boxOf = async (locator: Locator) => (await locator.boundingBox()) ?? expect.fail('it is not shown');
      const [note, field, button] = await Promise.all(
        [part.locator('.note'), part.getByRole('textbox'), part.getByRole('button', { name: 'Try' })].map(boxOf),
      );
      if (!note || !field || !button) return expect.fail('they are not all there');
      places.push([name, note.width - field.width, Math.sign(button.y - note.y), button.y - note.y - note.height]);
    }
    const gap = 16;
    expect(places).toEqual([
      ['Filter', 0, 1, gap],
      ['Transform', 0, 1, gap],
      ['Transform', 0, 1, gap],
    ]);
  });

  it('all columns of deliveries fit a wide screen', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser, wide, world.key);
    const { page } = dashboard;
    await dashboard.goto('/deliveries');
    const box = page.locator('.table-box');
    await box.getByRole('link', { name: /^evt_/ }).first().waitFor();
    expect(await box.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  });

  it('the diagram of connections marks destinations that get nothing, and a sentence names what is not connected', async () => {
    const dashboard = await Dashboard.signedIn(browser, hawser, phone);
    const { page } = dashboard;
    await dashboard.goto('/connections');
    const picture = page.getByRole('list', { name: 'Destinations' });
    const box = (name: RegExp) => picture.getByRole('link', { name });
    await box(/^Broken_.* circuit open$/).waitFor();
    await box(/^Turned off .*disabled$/).waitFor();
    await box(/^In the archive .*archived$/).waitFor();
    await box(/^Destination 0$/).waitFor();
    expect(await picture.getByText('Unconnected').count()).toBe(0);
    const told = page.getByText('3 destinations have no connection');
    expect(await told.innerText()).toBe(
      '3 destinations have no connection: Unconnected 2, Unconnected 1, Unconnected 0.',
    );
    // With the one whose only destination was deleted.
    await page.getByText('4 sources have no connection').waitFor();
    await page.getByRole('link', { name: 'open Source 1 → Destination 1', exact: true }).click();
    await page.getByRole('heading', { name: 'Source 1 → Destination 1', level: 1 }).waitFor();
    expect(dashboard.complaints).toEqual([]);
  });
});

function cutOff(page: Page): Promise<boolean> {
  return page
    .locator('.table-box')
    .evaluateAll((boxes) => boxes.some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth));
}

interface Shift {
  readonly value: number;
  /** What has moved, by its first words. */
  readonly what: readonly string[];
}

/** An entry of https://wicg.github.io/layout-instability/, of which TypeScript knows nothing. */
interface LayoutShiftEntry extends PerformanceEntry {
  readonly value: number;
  readonly sources: readonly { readonly node: Node | null }[];
}

/** What is seen to have jumped on the page that is shown. */
async function jumpsOf(page: Page, name: string): Promise<unknown[]> {
  const shifts = await shiftsOf(page);
  const sum = sumOf(shifts);
  return sum < MAX_SHIFT ? [] : [[name, `jumps by ${sum.toFixed(3)}`, shifts.flatMap(({ what }) => what)]];
}

function sumOf(shifts: readonly Shift[]): number {
  return shifts.reduce((sum, { value }) => sum + value, 0);
}

async function recordShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: Shift[] = [];
    Object.assign(globalThis, { shifts });
    const told = (node: Node | null) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return `${element?.tagName.toLowerCase()}.${element?.className} ${element?.textContent?.slice(0, 30)}`;
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShiftEntry[]) {
        shifts.push({
          value: entry.value,
          what: entry.sources.map(({ node }) => `${entry.value.toFixed(3)} ${told(node)}`),
        });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

async function shiftsOf(page: Page): Promise<readonly Shift[]> {
  // What has just been painted is told in a task after it.
  return page.evaluate(
    () =>
      new Promise<Shift[]>((resolve) => {
        requestAnimationFrame(() =>
          setTimeout(() => resolve((globalThis as unknown as { shifts: Shift[] }).shifts), 50),
        );
      }),
  );
}

/** Each answer of the API comes in a moment of its own. */
async function slowDown(page: Page): Promise<void> {
  let asked = 0;
  await page.route('**/v1/**', async (route) => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, APART_MS * (1 + (asked % 4))));
    await route.continue();
  });
}
