import { useEffect } from 'preact/hooks';

/** What is typed and not saved, each with the address of its page. */
const unsaved = new Map<symbol, string>();

/** As long as something is unsaved, nobody leaves the page without being asked. */
export function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return;
    const edits = Symbol('edits');
    unsaved.set(edits, location.href);
    return () => {
      unsaved.delete(edits);
    };
  }, [isUnsaved]);
}

/** What is unsaved is not asked about any more: it can't be saved. */
export function discardUnsaved(): void {
  unsaved.clear();
}

/** Asks whether to leave what is unsaved, if something is. */
export function mayLeave(): boolean {
  return unsaved.size === 0 || confirm('Leave without saving? What you have changed here is lost.');
}

/** Must be called before the router listens, which would else have left already. */
export function askBeforeLeaving(): void {
  addEventListener('beforeunload', (event) => {
    if (unsaved.size > 0) event.preventDefault();
  });
  addEventListener('click', (event) => refuse(event, isLeft(event) && !mayLeave()), { capture: true });
  addEventListener('popstate', (event) => {
    const [here] = unsaved.values();
    if (here === undefined || isSamePage(here, location.href) || mayLeave()) return;
    refuse(event, true);
    // The browser is there already, and can't be told to stay.
    history.pushState(null, '', here);
  });
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
