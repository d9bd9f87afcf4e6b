import { useEffect } from 'preact/hooks';
import { LocationProvider, lazy, Route, Router } from 'preact-iso';
import { page } from './api/paths.ts';
import { findSession, session } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell.tsx';
import { Page } from './ui/page.tsx';
import { ProblemNote } from './ui/problem-note.tsx';

/** Each page is a file of its own, loaded when it is first gone to. */
const Overview = lazy(() => import('./pages/overview/overview.tsx').then((module) => module.Overview));
const Sources = lazy(() => import('./pages/sources/sources.tsx').then((module) => module.Sources));
const SourcePage = lazy(() => import('./pages/sources/source.tsx').then((module) => module.SourcePage));

const Destinations = lazy(() => import('./pages/destinations/destinations.tsx').then((module) => module.Destinations));
const NewDestination = lazy(() =>
  import('./pages/destinations/new-destination.tsx').then((module) => module.NewDestination),
);
const DestinationPage = lazy(() =>
  import('./pages/destinations/destination.tsx').then((module) => module.DestinationPage),
);
const Connections = lazy(() => import('./pages/connections/connections.tsx').then((module) => module.Connections));
const ConnectionPage = lazy(() => import('./pages/connections/connection.tsx').then((module) => module.ConnectionPage));
const Events = lazy(() => import('./pages/events/events.tsx').then((module) => module.Events));
const EventPage = lazy(() => import('./pages/events/event.tsx').then((module) => module.EventPage));
const Deliveries = lazy(() => import('./pages/deliveries/deliveries.tsx').then((module) => module.Deliveries));
const DeliveryPage = lazy(() => import('./pages/deliveries/delivery.tsx').then((module) => module.DeliveryPage));
const DeadLetters = lazy(() => import('./pages/dead-letters/dead-letters.tsx').then((module) => module.DeadLetters));
const Keys = lazy(() => import('./pages/keys/keys.tsx').then((module) => module.Keys));

export function App() {
  useEffect(() => {
    findSession();
  }, []);
  const state = session.value;
  switch (state.kind) {
    case 'unknown':
      return state.problem ? <ProblemNote problem={state.problem} onRetry={findSession} /> : null;
    case 'signed_out':
      return <SignIn wasSignedIn={state.wasSignedIn} />;
    case 'signed_in':
      return (
        <LocationProvider>
          <Shell session={state.session}>
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
        </LocationProvider>
      );
  }
}

function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped. <a href={page.overview}>The overview</a> leads everywhere.
      </p>
    </Page>
  );
}
