import type { ClientsTableOptions } from '../stores/clients/client-store.ts';
import { dynamodb } from './aws-clients.ts';
import { requireEnv, variable } from './environment.ts';

/** The clients table that the function's construct grants it. @throws Error that names the missing variable */
export function clientsTableFromEnvironment(): ClientsTableOptions {
  return { dynamodb: dynamodb(), table: requireEnv(variable.clientsTable) };
}
