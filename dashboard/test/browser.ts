import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Hawser, ROOT_KEY } from '../../test/support/hawser.ts';

/**
 * The one that the variable names, or Debian's. Its headless shell first: the same engine without the windows of a browser around each
 * page, which took half of the processor time of these tests. They are not worth 300 MB of another one.
 */
const executable = [
  process.env.HAWSER_CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

export const hasBrowser = executable !== undefined;

/** Part of the names of tests that are skipped where there is no browser. */
export const inABrowser = hasBrowser
  ? 'in a browser'
  : 'in a browser (skipped: there is no chromium; apt-get install chromium-headless-shell, or set HAWSER_CHROMIUM)';

export function launch(): Promise<Browser> {
  if (executable === undefined) throw new Error('there is no browser');
  // In containers there is no user namespace for the sandbox, and the tests open their own pages alone.
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export const wide = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' } as const;
export const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true } as const;

/** A page of the dashboard, and what the browser complained about on it. */
export class Dashboard {
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // Before the first sign-in the question who is there is answered so.
      const isUnknown = message.text().includes('401');
      if (message.type() === 'error' && !isUnknown) this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, hawser: Hawser, options: BrowserContextOptions = wide): Promise<Dashboard> {
    // Without a graphics card each frame is drawn by the processor: what breathes while a page loads was a third of all these tests.
    const reducedMotion = 'reduce';
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', reducedMotion, ...options });
    context.setDefaultTimeout(15_000);
    return new Dashboard(await context.newPage(), hawser.url);
  }

  /** At the overview, as whoever has a session already finds it. Its form is tested where signing in is what a test is about. */
  static async signedIn(
    browser: Browser,
    hawser: Hawser,
    options?: BrowserContextOptions,
    key = ROOT_KEY,
  ): Promise<Dashboard> {
    const dashboard = await Dashboard.open(browser, hawser, options);
    const { request } = dashboard.page.context();
    const answer = await request.post(`${hawser.url}/v1/session`, { data: { api_key: key } });
    if (!answer.ok()) throw new Error(`signing in answered ${answer.status()}: ${await answer.text()}`);
    await dashboard.goto('/');
    await dashboard.page.getByRole('navigation', { name: 'Main' }).waitFor();
    return dashboard;
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.#url}${path}`);
  }

  async signIn(key = ROOT_KEY): Promise<void> {
    await this.page.getByLabel('API key').fill(key);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Until the page shows what it is about, and nothing is being loaded any more. */
  async settled(): Promise<void> {
    await this.page.getByRole('heading', { level: 1 }).waitFor();
    await this.page.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy="true"]'));
    await this.page.waitForLoadState('networkidle');
  }
}
