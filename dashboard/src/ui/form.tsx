import type { ComponentChildren } from 'preact';
import type { Action } from '../api/action.ts';
import { LockedWhile } from './locked-while.tsx';

interface FormProps {
  /** What sending it does. */
  readonly action: Pick<Action<[]>, 'run' | 'isBusy'>;
  /** Its fields: locked while it is sent, as what would be typed then is not in it. */
  readonly children: ComponentChildren;
  /** Below them, what came of it and the buttons, which are never locked: they keep the focus of whoever has pressed them. */
  readonly footer: ComponentChildren;
  readonly class?: string;
  readonly onInput?: () => void;
}

/** Sent by its button, by the return key, and never by the browser itself. */
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
      <LockedWhile isLocked={action.isBusy}>{children}</LockedWhile>
      {footer}
    </form>
  );
}

/** What is folded away could be neither seen nor focused by the browser, which would not send the form, and not say why. */
function unfold(field: EventTarget | null): void {
  let around = field instanceof Element ? field.closest('details') : null;
  while (around) {
    around.open = true;
    around = around.parentElement?.closest('details') ?? null;
  }
}
