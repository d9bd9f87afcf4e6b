import type { ComponentChildren } from 'preact';
import type { Action } from '../api/action.ts';

interface FormProps {
  /** What sending it does. */
  readonly action: Pick<Action<[]>, 'run'>;
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** Sent by its button, by the return key, and never by the browser itself. */
export function Form({ action, children, class: ofClass }: FormProps) {
  return (
    <form
      class={ofClass}
      onSubmit={(event) => {
        event.preventDefault();
        action.run();
      }}
    >
      {children}
    </form>
  );
}
