import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAction } from './api/action.ts';
import { page } from './api/paths.ts';
import type { Session } from './api/types.ts';
import { PageBoundary } from './lazy-page.tsx';
import { signOut } from './session/session.ts';
import { Announcer } from './ui/announcer.tsx';
import { Button } from './ui/button.tsx';
import { mayLeave } from './ui/unsaved.ts';
import { UntrustedText } from './ui/untrusted-text.tsx';

/** In the order in which a webhook passes through them. */
const places = [
  ['Overview', page.overview],
  ['Sources', page.sources],
  ['Connections', page.connections],
  ['Destinations', page.destinations],
  ['Events', page.events],
  ['Deliveries', page.deliveries],
  ['Dead letters', page.deadLetters],
  ['Keys', page.keys],
] as const;

export function Shell({ session, children }: { readonly session: Session; readonly children: ComponentChildren }) {
  const { path } = useLocation();
  const nav = useRef<HTMLElement>(null);
  // Where the navigation scrolls sideways, as on a phone, the current page may be out of sight.
  useLayoutEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]');
    if (nav.current && here)
      nav.current.scrollLeft = here.offsetLeft - (nav.current.clientWidth - here.offsetWidth) / 2;
  }, [path]);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="shell-header">
        <a class="brand" href={page.overview}>
          Hawser
        </a>
        <Account session={session} />
      </header>
      <nav ref={nav} class="shell-nav" aria-label="Main">
        <ul>
          {places.map(([name, href]) => (
            <li key={href}>
              <a href={href} aria-current={isIn(path, href) ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" class="shell-main" tabIndex={-1}>
        {/* The key makes a new page, rather than the old one with new contents, so that it loads and takes the focus. */}
        <PageBoundary key={path}>{children}</PageBoundary>
      </main>
      <Announcer />
    </>
  );
}

function isIn(path: string, href: string): boolean {
  return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
}

function Account({ session }: { readonly session: Session }) {
  const signingOut = useAction(async () => {
    if (mayLeave()) await signOut();
  });
  return (
    <div class="account">
      <span>
        <UntrustedText text={session.organization_name} />
        <span class="hint">
          {' '}
          · <UntrustedText text={session.api_key_name ?? 'root key'} />
        </span>
      </span>
      <Button kind="quiet" onClick={() => signingOut.run()} isBusy={signingOut.isBusy}>
        Sign out
      </Button>
    </div>
  );
}
