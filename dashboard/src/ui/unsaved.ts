import { useLayoutEffect } from 'preact/hooks';

interface Unsaved {
  /** Its address. */
  readonly page: string;
  /** Where it is in the history. */
  readonly entry: string | undefined;
  readonly isSecret: boolean;
}

/** What would be lost, each with its page. */
const unsaved = new Map<symbol, Unsaved>();

/** Not in every browser that is in use: https://developer.mozilla.org/docs/Web/API/Navigation_API */
const navigation: Navigation | undefined = globalThis.navigation;

/** As long as something is unsaved, nobody leaves the page without being asked. */
export function useUnsaved(isUnsaved: boolean): void {
  useAskedAbout(isUnsaved, false);
}

/** As long as something is made whose secret is shown once, where it is asked for: it is made whether anybody waits or not. */
export function useSecretUnderWay(isUnderWay: boolean): void {
  useAskedAbout(isUnderWay, true);
}

function useAskedAbout(isAskedAbout: boolean, isSecret: boolean): void {
  // With what is shown, not a frame later: who sees that it is under way may leave at once.
  useLayoutEffect(() => {
    if (!isAskedAbout) return;
    const one = Symbol('unsaved');
    unsaved.set(one, { page: location.href, entry: navigation?.currentEntry?.key, isSecret });
    return () => {
      unsaved.delete(one);
    };
  }, [isAskedAbout, isSecret]);
}

/** What is unsaved is not asked about any more: it can't be saved. */
export function discardUnsaved(): void {
  unsaved.clear();
}

/** Asks whether to leave what is unsaved, if something is. */
export function mayLeave(): boolean {
  if (unsaved.size === 0) return true;
  const isSecretLost = [...unsaved.values()].some(({ isSecret }) => isSecret);
  return isSecretLost ? mayLoseSecret() : confirm('Leave without saving? What you have changed here is lost.');
}

/** Asks whether to do without a secret that is under way. */
function mayLoseSecret(): boolean {
  return confirm(
    'Leave? It is being made, which leaving does not stop. Its secret is shown here, this once, and would be lost.',
  );
}

/** Must be called before the router listens, which would else have left already. */
export function askBeforeLeaving(): void {
  addEventListener('beforeunload', (event) => {
    if (unsaved.size > 0) event.preventDefault();
  });
  addEventListener('click', (event) => refuse(event, isLeft(event) && !mayLeave()), { capture: true });
  addEventListener('popstate', (event) => {
    const [first] = unsaved.values();
    if (first === undefined || isSamePage(first.page, location.href) || mayLeave()) return;
    refuse(event, true);
    goBackTo(first);
  });
}

/** The browser has left already, and can't be told to stay. */
function goBackTo({ page, entry }: Unsaved): void {
  if (navigation && entry !== undefined && navigation.entries().some(({ key }) => key === entry)) {
    navigation.traverseTo(entry).committed?.catch((error: unknown) => {
      // Somebody goes elsewhere meanwhile, and is asked about that.
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    });
    return;
  }
  // What was before the page is then behind the one that was gone to.
  history.pushState(null, '', page);
}

function refuse(event: Event, isRefused: boolean): void {
  if (!isRefused) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether a click leads to another page in this tab. */
function isLeft({ target, button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean {
  if (button !== 0 || ctrlKey || metaKey || shiftKey || altKey || !(target instanceof Element)) return false;
  const link = target.closest('a');
  // Where another site or a file is meant, `beforeunload` asks.
  if (!link || link.target === '_blank' || link.download || link.origin !== location.origin) return false;
  return !isSamePage(link.href, location.href);
}

/** Filters are in the query, and places on the page in the fragment. */
function isSamePage(one: string, other: string): boolean {
  return new URL(one).pathname === new URL(other).pathname;
}
