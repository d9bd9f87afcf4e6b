import { LocationProvider, Route, Router } from 'preact-iso';

export function App() {
  return (
    <LocationProvider>
      <Router>
        <Route default component={Overview} />
      </Router>
    </LocationProvider>
  );
}

function Overview() {
  return <h1>Hawser</h1>;
}
