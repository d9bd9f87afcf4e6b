import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface LockedWhileProps {
  readonly isLocked: boolean;
  readonly children: ComponentChildren;
}

/** Fields that go away with an answer that is awaited: what is typed until then would be lost. */
export function LockedWhile({ isLocked, children }: LockedWhileProps) {
  const focused = useRef<Element | null>(null);
  if (isLocked) focused.current ??= document.activeElement;
  useLayoutEffect(() => {
    if (isLocked) return;
    // A field that is disabled loses the focus, and does not get it back by itself.
    if (focused.current instanceof HTMLElement && document.activeElement === document.body) focused.current.focus();
    focused.current = null;
  }, [isLocked]);
  return (
    <fieldset class="locked-while" disabled={isLocked}>
      {children}
    </fieldset>
  );
}
