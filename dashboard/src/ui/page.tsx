import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ExactTimesButton } from './time.tsx';

interface PageProps {
  readonly title: string;
  /** The list that it belongs to. */
  readonly parent?: { readonly title: string; readonly href: string };
  /** In a table, which shows them exactly on demand. */
  readonly hasTimes?: boolean;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** After loading, the focus is where the browser puts it: before everything. */
let isFirst = true;

/** A page: its title is that of the window, and gets the focus, so that who listens knows that the page has changed. */
export function Page({ title, parent, hasTimes, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Hawser`;
  }, [title]);
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <>
      <header class="page-header">
        <div>
          {parent && (
            <nav aria-label="Breadcrumb" class="breadcrumb">
              <a href={parent.href}>{parent.title}</a>
            </nav>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {hasTimes && <ExactTimesButton />}
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
