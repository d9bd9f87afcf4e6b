import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { ClientStore } from '../stores/clients/client-store.ts';
import { ApiKeyStore } from '../stores/config/api-keys.ts';
import { DeliveryReader } from '../stores/deliveries/delivery-reader.ts';
import { dynamodb } from './aws-clients.ts';
import { requireEnv, variable } from './environment.ts';
import { clientsTableFromEnvironment, configTableFromEnvironment } from './tables.ts';
import { clientsApiFromEnvironment } from './websocket-clients-api.ts';

/** The services that are needed to reach the clients of a destination and to read their answers. */
export interface ClientsAccess {
  readonly clients: Pick<ClientStore, 'of' | 'remove'>;
  /** The keys with which they connected. */
  readonly apiKeys: Pick<ApiKeyStore, 'get'>;
  readonly api: ApiGatewayManagementApiClient;
  readonly answers: Pick<DeliveryReader, 'clientAnswer'>;
}

/** @throws Error that names the missing variable */
export function clientsAccessFromEnvironment(): ClientsAccess {
  return {
    clients: new ClientStore(clientsTableFromEnvironment()),
    apiKeys: new ApiKeyStore(configTableFromEnvironment()),
    api: clientsApiFromEnvironment(),
    answers: new DeliveryReader({ dynamodb: dynamodb(), table: requireEnv(variable.deliveriesTable) }),
  };
}
