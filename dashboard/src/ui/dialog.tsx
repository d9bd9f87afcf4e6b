import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Action } from '../api/action.ts';
import { Button } from './button.tsx';
import { Form } from './form.tsx';
import { focusedOrLocked } from './locked-while.tsx';
import { ProblemNote } from './problem-note.tsx';
import { useSecretUnderWay, useUnsaved } from './unsaved.ts';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Without it the dialog stays until it is taken away. */
  readonly onClose?: () => void;
  /** Whether whoever looks at it can close it now. */
  readonly mayClose?: boolean;
  readonly class?: string;
}

/**
 * The browser's own: it keeps the focus inside, and closes on Escape. Where the focus was before the dialog it is afterwards; to
 * the browser that would be its first field, which has the focus before the dialog is shown.
 */
export function Dialog({ title, children, onClose, mayClose = true, class: ofClass }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [before] = useState(rememberOpener);
  const closing = useRef({ onClose, mayClose });
  closing.current = { onClose, mayClose };
  useEffect(() => {
    const shown = dialog.current;
    const close = () => {
      const { onClose, mayClose } = closing.current;
      if (onClose && mayClose) onClose();
      else if (!shown?.open) shown?.showModal();
    };
    // Escape. Left to the browser the dialog would be hidden at once and tell of it in a task after that: what opens it again meanwhile
    // would open nothing.
    const onCancel = (event: Event) => {
      if (event.target !== shown) return;
      event.preventDefault();
      close();
    };
    shown?.addEventListener('cancel', onCancel);
    // By Escape as well, where the browser lets nobody prevent it: pressed twice without anything else done.
    shown?.addEventListener('close', close);
    shown?.showModal();
    return () => {
      // `close()` tells of itself later, when another dialog may be in the place of this one: it would be closed by that.
      shown?.removeEventListener('close', close);
      shown?.close();
      // Later: as long as the dialog is there, nothing outside of it takes the focus.
      setTimeout(() => giveFocusBack(before));
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={ofClass}
      aria-labelledby={titleId}
      // Where the browser knows it, Escape does nothing at all. https://developer.mozilla.org/docs/Web/HTML/Element/dialog#closedby
      closedby={onClose && mayClose ? undefined : 'none'}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/** What had the focus before the first of the dialogs that follow each other. */
let opener: HTMLElement | undefined;

/** @returns what has the focus, which may be in a dialog below */
function rememberOpener(): HTMLElement | undefined {
  const focused = focusedOrLocked();
  if (focused?.closest('dialog') === null) opener = focused;
  return focused;
}

/** It may be gone with what the dialog was about: then to the title of the page. */
function giveFocusBack(before: HTMLElement | undefined): void {
  const below = document.querySelector('dialog[open]');
  if (below) {
    if (below.contains(before ?? null)) before?.focus({ preventScroll: true });
    return;
  }
  const target = opener?.isConnected ? opener : document.querySelector<HTMLElement>('main h1');
  target?.focus({ preventScroll: true });
}

interface FormDialogProps extends Omit<DialogProps, 'mayClose'> {
  readonly onClose: () => void;
  readonly submitLabel: string;
  /** In its place while it is under way. */
  readonly busyLabel: string;
  readonly kind?: 'primary' | 'danger';
  /** What sending it does. */
  readonly action: Action<[]>;
  /** What is typed has turned out to be of no use: nobody is asked whether to leave it. */
  readonly isMoot?: boolean;
  /** What it makes has a secret, which is shown once, and only to who waits for it: whoever leaves the page is asked. */
  readonly makesSecret?: boolean;
}

/**
 * A question with an answer to send: a form, or a thing to confirm. While it is sent it can't be closed, as that would stop nothing: what
 * came of it is told here, to whoever has asked for it, be it that nobody answered in time (`TIMEOUT_MS` of the client).
 */
export function FormDialog(props: FormDialogProps) {
  const { title, children, onClose, submitLabel, busyLabel, kind = 'primary', action, isMoot, makesSecret } = props;
  const [isTyped, setIsTyped] = useState(false);
  useUnsaved(isTyped && !isMoot);
  // What came of it when it was asked before is not about what is asked now. Before it is painted.
  useLayoutEffect(action.forget, []);
  useSecretUnderWay(makesSecret === true && action.isBusy);
  return (
    <Dialog title={title} onClose={onClose} mayClose={!action.isBusy}>
      <Form
        action={action}
        onInput={() => setIsTyped(true)}
        footer={
          <>
            {action.problem && <ProblemNote problem={action.problem} />}
            <div class="dialog-actions">
              <Button onClick={onClose} disabled={action.isBusy}>
                Cancel
              </Button>
              <Button type="submit" kind={kind} isBusy={action.isBusy}>
                {action.isBusy ? busyLabel : submitLabel}
              </Button>
            </div>
          </>
        }
      >
        {children}
      </Form>
    </Dialog>
  );
}
