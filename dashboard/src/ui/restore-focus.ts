/**
 * An element with the focus may be removed by what it did, as the button that revokes a key is. Then the page's title gets the
 * focus, where browsers would start from the top of the page. Dialogs return the focus themselves.
 */
export function restoreLostFocus(): void {
  let last: Element | undefined;
  addEventListener('focusin', ({ target }) => {
    if (target instanceof Element && target.closest('dialog') === null) last = target;
  });
  new MutationObserver(() => {
    if (last === undefined || last.isConnected) return;
    last = undefined;
    if (document.activeElement !== document.body || document.querySelector('dialog[open]')) return;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}
