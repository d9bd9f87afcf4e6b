/** Kept through a reload, and gone with the tab; for each page, as others may well have their file. */
const keptAs = (page: string) => `hawser-reloaded-${page}`;

const TIMEOUT_MS = 5_000;

/**
 * Loads everything anew where that may help: somebody serves the dashboard, but not a file of the version that runs here. An update
 * has taken the file's place; or the browser keeps to it that the file could not be loaded, as those do that have not taken over
 * https://github.com/whatwg/html/pull/10327 yet. Once, as nothing tells whether the next version has the file.
 * @returns whether it does, and else why not
 */
export async function reloadOnce(page: string): Promise<'reloads' | NotReloaded> {
  if (!(await isServed())) return 'unreachable';
  if (sessionStorage.getItem(keptAs(page)) !== null) return 'missing';
  sessionStorage.setItem(keptAs(page), new Date().toISOString());
  location.reload();
  return 'reloads';
}

/** Nobody answers; or somebody does, who has not got the file. */
export type NotReloaded = 'unreachable' | 'missing';

/** Loads everything anew if somebody serves it. @returns whether it does */
export async function reloadIfServed(): Promise<boolean> {
  const is = await isServed();
  if (is) location.reload();
  return is;
}

/** The page has its file: should it fail later, a reload may help again. */
export function reloadHelped(page: string): void {
  sessionStorage.removeItem(keptAs(page));
}

async function isServed(): Promise<boolean> {
  try {
    const { ok } = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ok;
  } catch {
    // Nobody answers: a reload would leave the browser's own page, which does not come back by itself.
    return false;
  }
}
