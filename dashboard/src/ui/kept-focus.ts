/**
 * What had the focus may go with what it did, as the button that revokes a key does: then the title of the page has it, where the
 * browser would begin before everything. Dialogs give it back themselves.
 */
export function keepFocus(): void {
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
