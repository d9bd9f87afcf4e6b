import { apiKeyRoutes } from '../routes/api-keys.ts';
import { connectionRoutes } from '../routes/connections.ts';
import { deadLetterRoutes } from '../routes/dead-letters.ts';
import { deliveryRoutes } from '../routes/deliveries.ts';
import { destinationArchiveRoutes } from '../routes/destination-archive.ts';
import { destinationCircuitRoutes } from '../routes/destination-circuit.ts';
import { destinationClientRoutes } from '../routes/destination-clients.ts';
import { destinationHealthRoutes } from '../routes/destination-health.ts';
import { destinationSecretRoutes } from '../routes/destination-secret.ts';
import { destinationTemplateRoutes } from '../routes/destination-templates.ts';
import { destinationTestRoutes } from '../routes/destination-test.ts';
import { destinationRoutes } from '../routes/destinations.ts';
import { eventRoutes } from '../routes/events.ts';
import { filterRoutes } from '../routes/filters.ts';
import { organizationRoutes } from '../routes/organizations.ts';
import { overviewRoutes } from '../routes/overview.ts';
import { referenceRoutes } from '../routes/reference.ts';
import { replayRoutes } from '../routes/replays.ts';
import { sessionRoutes } from '../routes/session.ts';
import { sourceDestinationRoutes } from '../routes/source-destinations.ts';
import { sourceRoutes } from '../routes/sources.ts';
import { transformRoutes } from '../routes/transforms.ts';
import type { Route } from './route.ts';

/** The whole API. Where a fixed path and a parameter both match, the fixed path wins. */
export const routes: readonly Route[] = [
  ...organizationRoutes,
  ...apiKeyRoutes,
  ...sessionRoutes,
  ...sourceRoutes,
  ...sourceDestinationRoutes,
  ...destinationTemplateRoutes,
  ...destinationRoutes,
  ...destinationArchiveRoutes,
  ...destinationSecretRoutes,
  ...destinationHealthRoutes,
  ...destinationCircuitRoutes,
  ...destinationTestRoutes,
  ...destinationClientRoutes,
  ...connectionRoutes,
  ...filterRoutes,
  ...transformRoutes,
  ...eventRoutes,
  ...deliveryRoutes,
  ...deadLetterRoutes,
  ...replayRoutes,
  ...overviewRoutes,
  ...referenceRoutes(() => routes),
];
