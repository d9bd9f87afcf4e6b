import type { RestApiSpec } from './rest-api.ts';

/** An API of one function, which gets whatever is sent to it. */
export const everythingTo = (functionArn: string): RestApiSpec => ({
  apiId: 'api1',
  stageName: 'live',
  binaryMediaTypes: ['*/*'],
  routes: [{ method: 'ANY', path: '/{proxy+}', functionArn }],
  gatewayResponses: {},
});
