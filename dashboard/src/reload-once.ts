/** Kept through a reload, and gone with the tab. */
const KEPT_AS = 'hawser-reloaded';

const TIMEOUT_MS = 5_000;

/**
 * Loads everything anew where that may help: somebody serves the dashboard, but not a file of the version that runs here. An update
 * has taken the file's place; or the browser keeps to it that the file could not be loaded, as those do that have not taken over
 * https://github.com/whatwg/html/pull/10327 yet. Once, as nothing tells whether the next version has the file.
 * @returns whether it does
 */
export async function reloadOnce(): Promise<boolean> {
  if (sessionStorage.getItem(KEPT_AS) !== null || !(await isServed())) return false;
  sessionStorage.setItem(KEPT_AS, new Date().toISOString());
  location.reload();
  return true;
}

/** What is loaded now needs no reload, and what fails later may have one again. */
export function reloadHelped(): void {
  sessionStorage.removeItem(KEPT_AS);
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
