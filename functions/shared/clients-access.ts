import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { ClientStore } from '../stores/clients/client-store.ts';
import { ApiKeyStore } from '../stores/config/api-keys.ts';
import { clientsApiFromEnvironment } from './clients-api.ts';
import { clientsTableFromEnvironment } from './clients-table.ts';
import { configTableFromEnvironment } from './config-table.ts';

/** What it takes to reach the clients of a destination. */
export interface ClientsAccess {
  readonly clients: Pick<ClientStore, 'of' | 'remove'>;
  /** Of the keys that have let them in. */
  readonly apiKeys: Pick<ApiKeyStore, 'get'>;
  readonly api: ApiGatewayManagementApiClient;
}

/** @throws Error that names the missing variable */
export function clientsAccessFromEnvironment(): ClientsAccess {
  return {
    clients: new ClientStore(clientsTableFromEnvironment()),
    apiKeys: new ApiKeyStore(configTableFromEnvironment()),
    api: clientsApiFromEnvironment(),
  };
}
