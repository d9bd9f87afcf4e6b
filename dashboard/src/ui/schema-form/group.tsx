import type { ComponentChildren } from 'preact';

interface GroupProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with all of it together. */
  readonly error?: string | undefined;
  readonly children: ComponentChildren;
}

/** Fields that belong together. */
export function Group({ label, hint, error, children }: GroupProps) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {hint && <p class="hint">{hint}</p>}
      {children}
      {error && <p class="field-error">{error}</p>}
    </fieldset>
  );
}
