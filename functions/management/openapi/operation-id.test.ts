import { expect, it } from 'vitest';
import { operationIdOf } from './operation-id.ts';

it.each([
  ['GET', '/v1/sources', 'listSources'],
  ['POST', '/v1/sources', 'createSource'],
  ['GET', '/v1/sources/{id}', 'getSource'],
  ['PATCH', '/v1/sources/{id}', 'updateSource'],
  ['DELETE', '/v1/sources/{id}', 'deleteSource'],
  ['GET', '/v1/sources/{id}/destinations', 'listSourceDestinations'],
  ['POST', '/v1/sources/{id}/destinations', 'createSourceDestination'],
  ['GET', '/v1/deliveries/{id}', 'getDelivery'],
  ['POST', '/v1/deliveries/{id}/retry', 'retryDelivery'],
  ['POST', '/v1/dead-letters/{delivery_id}/replay', 'replayDeadLetter'],
  ['POST', '/v1/dead-letters/replay', 'replayDeadLetters'],
  ['POST', '/v1/destinations/{id}/replay', 'replayDestination'],
  ['POST', '/v1/replays/{id}/cancel', 'cancelReplay'],
  ['GET', '/v1/destinations/templates', 'listDestinationTemplates'],
  ['GET', '/v1/destinations/{id}/health', 'getDestinationHealth'],
  ['GET', '/v1/overview', 'getOverview'],
  ['POST', '/v1/destinations/{id}/circuit/reset', 'resetDestinationCircuit'],
  ['POST', '/v1/destinations/{id}/rotate-secret', 'rotateDestinationSecret'],
  ['POST', '/v1/session', 'createSession'],
  ['DELETE', '/v1/session', 'deleteSession'],
  ['GET', '/v1/openapi.json', 'getOpenapiJson'],
] as const)('%s %s has the operation id %s', (method, path, id) => {
  expect(operationIdOf({ method, path })).toBe(id);
});
