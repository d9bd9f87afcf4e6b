import type { ComponentChildren } from 'preact';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly type?: 'button' | 'submit';
  /** Its action is under way: it can't be pressed again, and says so. */
  readonly isBusy?: boolean;
  readonly disabled?: boolean;
  /** For a button that switches something on and off. */
  readonly isPressed?: boolean;
  /** If the text alone does not say what it does. */
  readonly label?: string;
  readonly onClick?: () => void;
}

export function Button({
  children,
  kind = 'plain',
  type = 'button',
  isBusy,
  disabled,
  isPressed,
  label,
  onClick,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={`button button-${kind}`}
      // Not `disabled`, which would take the focus away from the user who has pressed it.
      aria-disabled={isBusy || disabled}
      aria-busy={isBusy}
      aria-pressed={isPressed}
      aria-label={label}
      onClick={(event) => {
        // Pressing Enter in a form comes here too.
        if (isBusy || disabled) event.preventDefault();
        else onClick?.();
      }}
    >
      {children}
    </button>
  );
}

interface LinkButtonProps extends Pick<ButtonProps, 'children' | 'kind'> {
  readonly href: string;
}

export function LinkButton({ children, href, kind = 'plain' }: LinkButtonProps) {
  return (
    <a class={`button button-${kind}`} href={href}>
      {children}
    </a>
  );
}
