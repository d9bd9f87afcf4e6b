import { afterAll, beforeAll } from 'vitest';
import { Cli } from '../support/cli.ts';
import { Hawser, ROOT_KEY } from '../support/hawser.ts';

/** A stack, and the command line of somebody whose environment signs them in to it, for the tests of a file, from `withStack()` on. */
export let hawser: Hawser;
export let cli: Cli;

export function withStack(): void {
  beforeAll(async () => {
    hawser = await Hawser.start();
    cli = await Cli.create({ HAWSER_URL: hawser.url, HAWSER_API_KEY: ROOT_KEY });
  });
  afterAll(async () => {
    await hawser?.dispose();
    await cli?.dispose();
  });
}

/** Of somebody who is not signed in, and keeps nothing for the next test. */
export async function asSomebody(test: (somebody: Cli) => Promise<void>): Promise<void> {
  const somebody = await Cli.create();
  try {
    await test(somebody);
  } finally {
    await somebody.dispose();
  }
}
