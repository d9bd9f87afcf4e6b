import type { RestApiSpec } from './rest-api.ts';

/** An API with one function that gets everything sent to the API. */
export const everythingTo = (functionArn: string): RestApiSpec => ({
  apiId: 'api1',
  stageName: 'live',
  binaryMediaTypes: ['*/*'],
  routes: [{ method: 'ANY', path: '/{proxy+}', functionArn }],
  gatewayResponses: {},
});
