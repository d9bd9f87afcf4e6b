import type { ComponentChildren } from 'preact';
import type { Action } from '../api/action.ts';

interface FormProps {
  /** What sending it does. */
  readonly action: Pick<Action<[]>, 'run'>;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly onInput?: () => void;
}

/** Sent by its button, by the return key, and never by the browser itself. */
export function Form({ action, children, class: ofClass, onInput }: FormProps) {
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
      {children}
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
