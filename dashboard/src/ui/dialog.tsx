import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Action } from '../api/action.ts';
import { Button } from './button.tsx';
import { Form } from './form.tsx';
import { focusedOrLockedElement } from './lockable.tsx';
import { ProblemNote } from './problem-note.tsx';
import { useSecretUnderWay, useUnsaved } from './unsaved.ts';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Without it, the dialog stays until it is removed. */
  readonly onClose?: () => void;
  /** Whether the user can close it now. */
  readonly mayClose?: boolean;
  readonly class?: string;
}

/**
 * The browser's own dialog, which keeps the focus inside and closes on Escape. Afterwards the focus returns to where it was
 * before. The browser itself would return it to the dialog's first field, which already has the focus when the dialog is shown.
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
    // Escape. The browser would hide the dialog at once and only report it in a later task. If it were opened again in between,
    // nothing would open.
    const onCancel = (event: Event) => {
      if (event.target !== shown) return;
      event.preventDefault();
      close();
    };
    shown?.addEventListener('cancel', onCancel);
    // Some closes by Escape can't be prevented: if it is pressed twice with no other input in between.
    shown?.addEventListener('close', close);
    shown?.showModal();
    return () => {
      // The close event of `close()` comes later. By then another dialog may be in this place, and would be closed by it.
      shown?.removeEventListener('close', close);
      shown?.close();
      // Done later, because while the dialog is there, nothing outside of it can take the focus.
      setTimeout(() => giveFocusBack(before));
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={ofClass}
      aria-labelledby={titleId}
      // In browsers that support it, Escape then does nothing:
      // https://developer.mozilla.org/docs/Web/HTML/Element/dialog#closedby
      closedby={onClose && mayClose ? undefined : 'none'}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/** What had the focus before the first of several successive dialogs. */
let opener: HTMLElement | undefined;

/** @returns what has the focus; it may be in a dialog below */
function rememberOpener(): HTMLElement | undefined {
  const focused = focusedOrLockedElement();
  if (focused?.closest('dialog') === null) opener = focused;
  return focused;
}

/** The opener may have been deleted together with what the dialog was about. Then the page's title gets the focus. */
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
  /** The label while it is under way. */
  readonly busyLabel: string;
  readonly kind?: 'primary' | 'danger';
  /** Sends it. */
  readonly action: Action<[]>;
  /** Whether the typed input is no longer needed, so that leaving needs no confirmation. */
  readonly isMoot?: boolean;
  /** Whether it creates a secret that is shown only here, once. Leaving the page then needs confirmation. */
  readonly makesSecret?: boolean;
}

/**
 * A dialog with something to send: a form, or a confirmation. While it is being sent it can't be closed, because that would not
 * stop it. The outcome is shown here, to whoever asked for it, even if there was no answer in time (the client's `TIMEOUT_MS`).
 */
export function FormDialog(props: FormDialogProps) {
  const { title, children, onClose, submitLabel, busyLabel, kind = 'primary', action, isMoot, makesSecret } = props;
  const [isTyped, setIsTyped] = useState(false);
  useUnsaved(isTyped && !isMoot);
  // Clears the outcome of an earlier use, before it is painted.
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
