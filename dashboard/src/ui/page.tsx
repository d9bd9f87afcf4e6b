import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { shortId } from './format.ts';
import { ExactTimesButton } from './time.tsx';

interface PageProps {
  readonly title: string;
  /** For a thing that has no name. */
  readonly id?: string | undefined;
  /** The list that it belongs to. */
  readonly parent?: { readonly title: string; readonly href: string };
  /** Whether a table shows times, which it can show exactly on demand. */
  readonly hasTimes?: boolean;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** After loading the dashboard, the focus is where the browser puts it, at the top. */
let isFirst = true;

/** A page. Its title is also the window's, and gets the focus, so that screen readers announce the change of page. */
export function Page({ title, id, parent, hasTimes, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${id ? `${title} ${shortId(id)}` : title} · Hawser`;
  }, [title, id]);
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
            {id && (
              <>
                {' '}
                <span class="id" title={id}>
                  {shortId(id)}
                </span>
              </>
            )}
          </h1>
        </div>
        {hasTimes && <ExactTimesButton />}
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
