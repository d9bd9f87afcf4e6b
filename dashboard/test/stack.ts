import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Hawser } from '../../test/support/hawser.ts';
import { launch } from './browser.ts';

/** A stack and a browser for the tests of a file, from `withStack()` on. Pages end with their test: those that follow what happens go on asking. */
export let hawser: Hawser;
export let browser: Browser;

export function withStack(): void {
  beforeAll(async () => {
    [hawser, browser] = await Promise.all([Hawser.start(), launch()]);
  }, 120_000);
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await hawser?.dispose();
  });
}
