import { useEffect } from 'preact/hooks';
import { LocationProvider, Route, Router } from 'preact-iso';
import { page } from './api/paths.ts';
import { hasNoResponse } from './api/problem.ts';
import { RETRY_MS, useEvery } from './api/resource.ts';
import type { Session } from './api/types.ts';
import { lazyPage } from './lazy-page.tsx';
import { findSession, session } from './session/session.ts';
import { SignIn, SignInAgain } from './session/sign-in.tsx';
import { Shell } from './shell.tsx';
import { Page } from './ui/page.tsx';
import { ProblemNote } from './ui/problem-note.tsx';

/** Each page is a file of its own, loaded on its first visit. */
const Overview = lazyPage('overview', () => import('./pages/overview/overview.tsx').then((module) => module.Overview));
const Sources = lazyPage('sources', () => import('./pages/sources/sources.tsx').then((module) => module.Sources));
const SourcePage = lazyPage('source_page', () =>
  import('./pages/sources/source.tsx').then((module) => module.SourcePage),
);

const Destinations = lazyPage('destinations', () =>
  import('./pages/destinations/destinations.tsx').then((module) => module.Destinations),
);
const NewDestination = lazyPage('new_destination', () =>
  import('./pages/destinations/new-destination.tsx').then((module) => module.NewDestination),
);
const DestinationPage = lazyPage('destination_page', () =>
  import('./pages/destinations/destination.tsx').then((module) => module.DestinationPage),
);
const Connections = lazyPage('connections', () =>
  import('./pages/connections/connections.tsx').then((module) => module.Connections),
);
const ConnectionPage = lazyPage('connection_page', () =>
  import('./pages/connections/connection.tsx').then((module) => module.ConnectionPage),
);
const Events = lazyPage('events', () => import('./pages/events/events.tsx').then((module) => module.Events));
const EventPage = lazyPage('event_page', () => import('./pages/events/event.tsx').then((module) => module.EventPage));
const Deliveries = lazyPage('deliveries', () =>
  import('./pages/deliveries/deliveries.tsx').then((module) => module.Deliveries),
);
const DeliveryPage = lazyPage('delivery_page', () =>
  import('./pages/deliveries/delivery.tsx').then((module) => module.DeliveryPage),
);
const DeadLetters = lazyPage('dead_letters', () =>
  import('./pages/dead-letters/dead-letters.tsx').then((module) => module.DeadLetters),
);
const Keys = lazyPage('keys', () => import('./pages/keys/keys.tsx').then((module) => module.Keys));

export function App() {
  useEffect(() => {
    findSession();
  }, []);
  const state = session.value;
  const problem = state.kind === 'unknown' ? state.problem : undefined;
  useEvery(problem && hasNoResponse(problem) ? RETRY_MS : undefined, findSession);
  switch (state.kind) {
    case 'unknown':
      return problem ? <ProblemNote problem={problem} onRetry={findSession} /> : null;
    case 'signed_out':
      return state.ended ? <SignedIn session={state.ended} hasEnded /> : <SignIn />;
    case 'signed_in':
      return <SignedIn session={state.session} />;
  }
}

interface SignedInProps {
  readonly session: Session;
  /** Typed input stays, but can't be used meanwhile. */
  readonly hasEnded?: boolean;
}

function SignedIn({ session, hasEnded }: SignedInProps) {
  return (
    <LocationProvider>
      <Shell session={session}>
        <Router>
          <Route path={page.overview} component={Overview} />
          <Route path={page.sources} component={Sources} />
          <Route path={page.source(':id')} component={SourcePage} />
          <Route path={page.destinations} component={Destinations} />
          <Route path={page.newDestination} component={NewDestination} />
          <Route path={page.destination(':id')} component={DestinationPage} />
          <Route path={page.connections} component={Connections} />
          <Route path={page.connection(':id')} component={ConnectionPage} />
          <Route path={page.events} component={Events} />
          <Route path={page.event(':id')} component={EventPage} />
          <Route path={page.deliveries} component={Deliveries} />
          <Route path={page.delivery(':id')} component={DeliveryPage} />
          <Route path={page.deadLetters} component={DeadLetters} />
          <Route path={page.keys} component={Keys} />
          <Route default component={NotFound} />
        </Router>
      </Shell>
      {hasEnded && <SignInAgain ended={session} />}
    </LocationProvider>
  );
}

function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped. You can get everywhere from <a href={page.overview}>the overview</a>.
      </p>
    </Page>
  );
}
