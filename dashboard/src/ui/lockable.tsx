import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface LockableProps {
  readonly isLocked: boolean;
  readonly children: ComponentChildren;
}

/** The element that lost the focus by being locked. */
let lockedOut: HTMLElement | undefined;

/** The element that has the focus, or had it until it was locked. */
export function focusedOrLockedElement(): HTMLElement | undefined {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && activeElement !== document.body ? activeElement : lockedOut;
}

/** Locks fields while waiting for a response, because anything typed meanwhile would be lost. */
export function Lockable({ isLocked, children }: LockableProps) {
  const focused = useRef<HTMLElement | undefined>(undefined);
  if (isLocked) focused.current ??= focusedOrLockedElement();
  useLayoutEffect(() => {
    if (!isLocked) return;
    lockedOut = focused.current;
    return () => {
      // A field that is disabled loses the focus, and does not get it back by itself.
      if (document.activeElement === document.body) focused.current?.focus();
      focused.current = undefined;
      lockedOut = undefined;
    };
  }, [isLocked]);
  return (
    <fieldset class="lockable" disabled={isLocked}>
      {children}
    </fieldset>
  );
}
