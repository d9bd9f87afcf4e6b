import type { ComponentChildren } from 'preact';

interface EmptyProps {
  readonly title: string;
  /** Says what would be shown here, and how to get it. */
  readonly children: ComponentChildren;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
