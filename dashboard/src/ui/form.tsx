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
      onSubmit={(event) => {
        event.preventDefault();
        action.run();
      }}
    >
      {children}
    </form>
  );
}
