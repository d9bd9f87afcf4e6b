import { useLayoutEffect } from 'preact/hooks';

interface Unsaved {
  /** The address of the page. */
  readonly page: string;
  /** Its entry in the history. */
  readonly entry: string | undefined;
  readonly isSecret: boolean;
}

/** Everything that would be lost, with the page it is on. */
const unsaved = new Map<symbol, Unsaved>();

/** Not available in all browsers in use: https://developer.mozilla.org/docs/Web/API/Navigation_API */
const navigation: Navigation | undefined = globalThis.navigation;

/** As long as something is unsaved, leaving the page needs confirmation. */
export function useUnsaved(isUnsaved: boolean): void {
  useAskedAbout(isUnsaved, false);
}

/** As long as something is being made whose secret is shown once, on this page. It is made whether anybody waits or not. */
export function useSecretUnderWay(isUnderWay: boolean): void {
  useAskedAbout(isUnderWay, true);
}

function useAskedAbout(isAskedAbout: boolean, isSecret: boolean): void {
  // Set as soon as it is shown, not a frame later: a user who sees that it is under way may leave at once.
  useLayoutEffect(() => {
    if (!isAskedAbout) return;
    const one = Symbol('unsaved');
    unsaved.set(one, { page: location.href, entry: navigation?.currentEntry?.key, isSecret });
    return () => {
      unsaved.delete(one);
    };
  }, [isAskedAbout, isSecret]);
}

/** Stops asking about what is unsaved, because it can't be saved any more. */
export function discardUnsaved(): void {
  unsaved.clear();
}

/** Asks whether to leave unsaved changes, if there are any. */
export function mayLeave(): boolean {
  if (unsaved.size === 0) return true;
  const isSecretLost = [...unsaved.values()].some(({ isSecret }) => isSecret);
  return isSecretLost ? mayLoseSecret() : confirm('Leave without saving? Your changes here will be lost.');
}

/** Asks whether to give up a secret that is being made. */
function mayLoseSecret(): boolean {
  return confirm(
    'Leave? It is being made, and leaving does not stop that. Its secret is shown here, only once, and would be lost.',
  );
}

/** Must be called before the router starts listening. Otherwise the router would have left already. */
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

/** The browser has already left and can't be told to stay. */
function goBackTo({ page, entry }: Unsaved): void {
  if (navigation && entry !== undefined && navigation.entries().some(({ key }) => key === entry)) {
    navigation.traverseTo(entry).committed?.catch((error: unknown) => {
      // The user went elsewhere in the meantime, and is asked about that.
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    });
    return;
  }
  // The history entry before the page is then below the one that was opened.
  history.pushState(null, '', page);
}

function refuse(event: Event, isRefused: boolean): void {
  if (!isRefused) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether a click opens another page in this tab. */
function isLeft({ target, button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean {
  if (button !== 0 || ctrlKey || metaKey || shiftKey || altKey || !(target instanceof Element)) return false;
  const link = target.closest('a');
  // For other sites and files, `beforeunload` asks.
  if (!link || link.target === '_blank' || link.download || link.origin !== location.origin) return false;
  return !isSamePage(link.href, location.href);
}

/** Filters are in the query, and places on the page in the fragment. */
function isSamePage(one: string, other: string): boolean {
  return new URL(one).pathname === new URL(other).pathname;
}
