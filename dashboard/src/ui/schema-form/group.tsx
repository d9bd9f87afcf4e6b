import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface GroupProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with all of it together. */
  readonly error?: string | undefined;
  readonly children: ComponentChildren;
}

/** Fields that belong together. */
export function Group({ label, hint, error, children }: GroupProps) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <fieldset aria-describedby={describedBy || undefined}>
      <legend>{label}</legend>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
