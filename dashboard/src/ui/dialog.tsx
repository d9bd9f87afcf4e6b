import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Action } from '../api/action.ts';
import { Button } from './button.tsx';
import { Form } from './form.tsx';
import { ProblemNote } from './problem-note.tsx';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}

/** The browser's own: it keeps the focus inside, closes on Escape, and gives the focus back. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onCancel={onClose} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

interface FormDialogProps extends DialogProps {
  readonly submitLabel: string;
  readonly kind?: 'primary' | 'danger';
  /** What sending it does. */
  readonly action: Action<[]>;
}

/** A question with an answer to send: a form, or a thing to confirm. */
export function FormDialog(props: FormDialogProps) {
  const { title, children, onClose, submitLabel, kind = 'primary', action } = props;
  return (
    <Dialog title={title} onClose={onClose}>
      <Form action={action}>
        {children}
        {action.problem && <ProblemNote problem={action.problem} />}
        <div class="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind={kind} isBusy={action.isBusy}>
            {submitLabel}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
