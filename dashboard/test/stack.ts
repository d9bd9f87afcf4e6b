import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Hawser } from '../../test/support/hawser.ts';
import { Receiver } from '../../test/support/receiver.ts';
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

/** Where destinations are, for the tests of a file, from `withReceiver()` on. */
export let receiver: Receiver;

/** @param behave how it answers until a test says otherwise; 200 where it is left out */
export function withReceiver(behave?: Receiver['behave']): void {
  beforeAll(async () => {
    receiver = await Receiver.start();
    if (behave) receiver.behave = behave;
  });
  afterAll(async () => {
    await receiver?.stop();
  });
}
