import axe from 'axe-core';
import type { Dashboard } from './browser.ts';

/** What is wrong with the page that is shown, by the rules of WCAG 2.2 AA, by its width, and by what a stranger may have run. */
export async function problemsOf({ page }: Dashboard, name: string): Promise<unknown[]> {
  // Not as a script of the page, which the Content-Security-Policy would refuse.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  // What follows the size of the screen has done so in a frame after it.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
      // The one of 2.2 that it has, and leaves out unless it is asked for.
      rules: { 'target-size': { enabled: true } },
    }),
  );
  const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  const title = await page.title();
  return [
    ...violations.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html.slice(0, 120))]),
    ...(isTooWide ? [[name, 'is wider than the screen']] : []),
    ...(title.endsWith('Hawser') ? [] : [[name, `has the title ${title}`]]),
  ];
}
