import type { ComponentChildren } from 'preact';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly type?: 'button' | 'submit';
  /** Under way: it can't be pressed again, and says so. */
  readonly isBusy?: boolean;
  readonly disabled?: boolean;
  /** Of one that switches something on and off. */
  readonly isPressed?: boolean;
  /** Where the text alone does not say what it does. */
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
      // Not `disabled`: that would take the focus away from whoever has pressed it.
      aria-disabled={isBusy || disabled}
      aria-busy={isBusy}
      aria-pressed={isPressed}
      aria-label={label}
      onClick={(event) => {
        // The return key in a form comes here, too.
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
