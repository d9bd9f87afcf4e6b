import { Component, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { lazy } from 'preact-iso';
import { useAction } from './api/action.ts';
import { faultOfThePage, Problem } from './api/problem.ts';
import { RETRY_MS, useEvery } from './api/resource.ts';
import { forgetAll } from './api/responses.ts';
import { type NotReloaded, reloadHelped, reloadIfServed, reloadOnce } from './reload-once.ts';
import { Button } from './ui/button.tsx';
import { Page } from './ui/page.tsx';
import { ProblemNote } from './ui/problem-note.tsx';

type Load = () => Promise<ComponentType>;

const SECOND_TRY_MS = 1_000;

const notLoaded: Readonly<Record<NotReloaded, Problem>> = {
  unreachable: new Problem(
    'This page could not be loaded. Are you online? The dashboard keeps trying, and shows the page as soon as it can.',
  ),
  missing: new Problem(
    'This page could not be loaded. Hawser answers, but a file of this page is missing: an update may be in progress, or the deployment is incomplete.',
  ),
};

/**
 * A page that is a file of its own, loaded on its first visit. If that fails, it is tried once more silently. Then the failure is
 * shown, and loading is retried regularly, until an outage is over or a full reload brings an updated version.
 * @param name by which the tab remembers that it has reloaded for this page
 */
export function lazyPage(name: string, load: Load) {
  const loadIt: Load = async () => {
    const page = await load();
    reloadHelped(name);
    return page;
  };

  return lazy(async () => {
    try {
      return await loadIt();
    } catch {
      // The second try, a moment later, reports the failure.
      await new Promise((resolve) => setTimeout(resolve, SECOND_TRY_MS));
      return loadIt().catch(() => NotLoaded);
    }
  });

  function NotLoaded() {
    const [Loaded, setLoaded] = useState<{ readonly page: ComponentType } | undefined>();
    const [told, setTold] = useState<NotReloaded | undefined>();
    const tryAgain = async () => {
      try {
        setLoaded({ page: await loadIt() });
      } catch {
        // The note stays during the next try. If it came and went, it would be read out each time.
        const outcome = await reloadOnce(name);
        if (outcome !== 'reloads') setTold(outcome);
      }
    };
    useEffect(() => {
      tryAgain();
    }, []);
    useEvery(Loaded ? undefined : RETRY_MS, tryAgain);
    if (Loaded) return <Loaded.page />;
    return (
      <Page title="Not loaded">
        {told && (
          <>
            <ProblemNote problem={notLoaded[told]} onRetry={tryAgain} />
            {/* After an update the file has another name, which only a new index.html knows. */}
            <LoadAnew onUnreachable={() => setTold('unreachable')} />
          </>
        )}
      </Page>
    );
  }
}

interface PageBoundaryProps {
  readonly children: ComponentChildren;
}

interface Failure {
  readonly error: unknown;
  readonly isAgain: boolean;
}

/** Shows the error when a page fails to render. Otherwise the page would be blank. */
export class PageBoundary extends Component<PageBoundaryProps, { readonly failure?: Failure | undefined }> {
  override state: { readonly failure?: Failure | undefined } = {};
  #isTriedAgain = false;

  override componentDidCatch(error: unknown): void {
    this.setState({ failure: { error, isAgain: this.#isTriedAgain } });
  }

  readonly #tryAgain = (): void => {
    this.#isTriedAgain = true;
    // A response may have caused the failure. If it stayed cached, it would be rendered again before the new response.
    forgetAll();
    this.setState({ failure: undefined });
  };

  render() {
    const { failure } = this.state;
    return failure ? <Failed {...failure} onRetry={this.#tryAgain} /> : this.props.children;
  }
}

function Failed({ error, isAgain, onRetry }: Failure & { readonly onRetry: () => void }) {
  const [isUnreachable, setIsUnreachable] = useState(false);
  return (
    <Page title={isAgain ? 'This page has failed again' : 'This page has failed'}>
      <ProblemNote problem={faultOfThePage(error, 'The page itself failed')} onRetry={onRetry} />
      <p>
        “Try again” loads the page’s data again. If it still fails, reload everything. If that does not help either,
        report it with the message and the address of this page.
      </p>
      {isUnreachable && <ProblemNote problem={new Problem('There is no answer. Are you online?')} />}
      <LoadAnew onUnreachable={() => setIsUnreachable(true)} />
    </Page>
  );
}

interface LoadAnewProps {
  /** Called if nothing can be loaded. A reload would show the browser's own error page, which never recovers by itself. */
  readonly onUnreachable: () => void;
}

function LoadAnew({ onUnreachable }: LoadAnewProps) {
  const loading = useAction(async () => {
    if (!(await reloadIfServed())) onUnreachable();
  });
  return (
    <Button onClick={() => loading.run()} isBusy={loading.isBusy}>
      Reload everything
    </Button>
  );
}
