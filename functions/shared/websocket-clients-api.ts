import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { requireEnv, variable } from './environment.ts';

/**
 * What sends frames to clients. The SDK takes its endpoint from the environment, and without it would send to a host that there
 * is not. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @throws Error that names the missing variable
 */
export function clientsApiFromEnvironment(): ApiGatewayManagementApiClient {
  requireEnv(variable.clientsEndpoint);
  return new ApiGatewayManagementApiClient({
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
  });
}
