import { Component, type ComponentChildren, type ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { lazy } from 'preact-iso';
import { useAction } from './api/action.ts';
import { Problem } from './api/problem.ts';
import { Button } from './ui/button.tsx';
import { Page } from './ui/page.tsx';
import { ProblemNote } from './ui/problem-note.tsx';

type Load = () => Promise<ComponentType>;

const RETRY_MS = 1_000;

/**
 * A page that is a file of its own, loaded when it is first gone to. A file that can't be loaded, as the network is down or a new
 * version has taken its place, is asked for once more, and then whenever somebody goes there again or says so.
 */
export function lazyPage(load: Load) {
  return lazy(async () => {
    try {
      return await load();
    } catch {
      // Told by the second try, which is a moment later.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return load().catch(() => NotLoaded);
    }
  });

  function NotLoaded() {
    const [Loaded, setLoaded] = useState<{ readonly page: ComponentType } | undefined>();
    const loading = useAction(async () => {
      try {
        setLoaded({ page: await load() });
      } catch {
        throw new Problem(
          'This page could not be loaded. Is the connection up? After an update of Hawser, load everything anew.',
        );
      }
    });
    useEffect(() => {
      loading.run();
    }, []);
    if (Loaded) return <Loaded.page />;
    return (
      <Page title="Not loaded">
        {loading.problem && (
          <>
            <ProblemNote problem={loading.problem} onRetry={loading.run} />
            {/* After an update the file has another name, which only a new index.html knows. */}
            <Button onClick={() => location.reload()}>Load everything anew</Button>
          </>
        )}
      </Page>
    );
  }
}

interface PageBoundaryProps {
  readonly children: ComponentChildren;
}

/** Shows what a page fails by, where it would leave nothing. */
export class PageBoundary extends Component<PageBoundaryProps, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {};

  override componentDidCatch(error: unknown): void {
    this.setState({ error });
  }

  render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const message = error instanceof Error ? error.message : String(error);
    return (
      <Page title="This page has failed">
        <ProblemNote
          problem={new Problem(`The page itself failed: ${message}`, { code: 'FAULT_OF_THE_PAGE' })}
          onRetry={() => this.setState({ error: undefined })}
        />
      </Page>
    );
  }
}
