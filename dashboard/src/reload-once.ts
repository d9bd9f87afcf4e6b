/** Survives a reload, but not the tab. Kept per page, because other pages' files may load fine. */
const keptAs = (page: string) => `hawser-reloaded-${page}`;

const TIMEOUT_MS = 5_000;

/**
 * Reloads everything if that may help: the dashboard is being served, but not a file of the version that runs here. Either an
 * update has replaced the file, or the browser remembers that it could not be loaded, as browsers do that have not adopted
 * https://github.com/whatwg/html/pull/10327 yet. Done only once, because the next version may not have the file either.
 * @returns `reloads`, or why not
 */
export async function reloadOnce(page: string): Promise<'reloads' | NotReloaded> {
  if (!(await isServed())) return 'unreachable';
  if (sessionStorage.getItem(keptAs(page)) !== null) return 'missing';
  sessionStorage.setItem(keptAs(page), new Date().toISOString());
  location.reload();
  return 'reloads';
}

/** Nobody answers; or there is an answer, but not with the file. */
export type NotReloaded = 'unreachable' | 'missing';

/** Reloads everything if a server responds. @returns whether it does */
export async function reloadIfServed(): Promise<boolean> {
  const is = await isServed();
  if (is) location.reload();
  return is;
}

/** The page has loaded its file. If loading fails later, a reload may help again. */
export function reloadHelped(page: string): void {
  sessionStorage.removeItem(keptAs(page));
}

async function isServed(): Promise<boolean> {
  try {
    const { ok } = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ok;
  } catch {
    // No server responds. A reload would show the browser's own error page, which never recovers by itself.
    return false;
  }
}
