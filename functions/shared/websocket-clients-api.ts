import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { requireEnv, variable } from './environment.ts';
import { watchfulAgents } from './stale-connection.ts';

/**
 * Sends frames to clients. The SDK takes its endpoint from the environment; without it, it would send to a host that
 * does not exist. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @throws Error that names the missing variable
 */
export function clientsApiFromEnvironment(): ApiGatewayManagementApiClient {
  requireEnv(variable.clientsEndpoint);
  return new ApiGatewayManagementApiClient({
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 4_000,
      throwOnRequestTimeout: true,
      // A message to many clients leaves as many connections. The SDK tries three times, which may be three that have been closed.
      ...watchfulAgents(),
    },
  });
}
