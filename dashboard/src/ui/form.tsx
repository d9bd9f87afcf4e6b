import type { ComponentChildren } from 'preact';
import type { Action } from '../api/action.ts';
import { Lockable } from './lockable.tsx';

interface FormProps {
  /** Sends the form. */
  readonly action: Pick<Action<[]>, 'run' | 'isBusy'>;
  /** The fields. They are locked while it is sent, because what is typed then would not be included. */
  readonly children: ComponentChildren;
  /** Below them, the outcome and the buttons. These are never locked, so that a pressed button keeps the focus. */
  readonly footer: ComponentChildren;
  readonly class?: string;
  readonly onInput?: () => void;
}

/** Sent by its button or by Enter, and never by the browser itself. */
export function Form({ action, children, footer, class: ofClass, onInput }: FormProps) {
  return (
    <form
      class={ofClass}
      onInput={onInput}
      onInvalidCapture={({ target }) => unfold(target)}
      onSubmit={(event) => {
        event.preventDefault();
        action.run();
      }}
    >
      <Lockable isLocked={action.isBusy}>{children}</Lockable>
      {footer}
    </form>
  );
}

/** The browser can't show or focus a field that is folded away. It would silently not send the form. */
function unfold(field: EventTarget | null): void {
  let around = field instanceof Element ? field.closest('details') : null;
  while (around) {
    around.open = true;
    around = around.parentElement?.closest('details') ?? null;
  }
}
