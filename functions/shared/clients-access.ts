import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { ClientStore } from '../stores/clients/client-store.ts';
import { ApiKeyStore } from '../stores/config/api-keys.ts';
import { clientsTableFromEnvironment } from './clients-table.ts';
import { configTableFromEnvironment } from './config-table.ts';
import { requireEnv, variable } from './environment.ts';

/** What it takes to reach the clients of a destination. */
export interface ClientsAccess {
  readonly clients: Pick<ClientStore, 'of' | 'remove'>;
  /** Of the keys that have let them in. */
  readonly apiKeys: Pick<ApiKeyStore, 'get'>;
  readonly api: ApiGatewayManagementApiClient;
}

/**
 * The SDK takes the endpoint of these clients from the environment, and without it would send to a host that there is not.
 * @throws Error that names the missing variable
 */
export function clientsAccessFromEnvironment(): ClientsAccess {
  requireEnv(variable.clientsEndpoint);
  return {
    clients: new ClientStore(clientsTableFromEnvironment()),
    apiKeys: new ApiKeyStore(configTableFromEnvironment()),
    api: new ApiGatewayManagementApiClient({
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
    }),
  };
}
