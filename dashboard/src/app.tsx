import { LocationProvider, Route, Router } from 'preact-iso';

export function App() {
  return (
    <LocationProvider>
      <Router>
        <Route path="/" component={Overview} />
        <Route default component={NotFound} />
      </Router>
    </LocationProvider>
  );
}

function Overview() {
  return <h1>Hawser</h1>;
}

function NotFound() {
  return <h1>There is no such page</h1>;
}
