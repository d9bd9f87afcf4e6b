import type { ClientsTableOptions } from '../stores/clients/client-store.ts';
import { ConfigTable } from '../stores/config/config-table.ts';
import { EventStore } from '../stores/events.ts';
import { configDynamodb, dynamodb, s3 } from './aws-clients.ts';
import { requireEnv, retentionDays, variable } from './environment.ts';

/** The configuration table that the function's construct grants it. @throws Error that names the missing variable */
export function configTableFromEnvironment(): ConfigTable {
  return new ConfigTable(configDynamodb(), requireEnv(variable.configTable));
}

/** The event store that the function's construct grants it. @throws Error that names the missing variable */
export function eventStoreFromEnvironment(): EventStore {
  return new EventStore({
    dynamodb: dynamodb(),
    s3: s3(),
    table: requireEnv(variable.eventsTable),
    bucket: requireEnv(variable.payloadBucket),
    retentionDays: retentionDays(),
  });
}

/** The clients table that the function's construct grants it. @throws Error that names the missing variable */
export function clientsTableFromEnvironment(): ClientsTableOptions {
  return { dynamodb: dynamodb(), table: requireEnv(variable.clientsTable) };
}
