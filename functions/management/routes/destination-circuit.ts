import { defineRoute } from '../http/route.ts';
import { circuitResponse, toCircuitResponse } from '../responses/circuit.ts';
import { circuitOf, resetCircuit } from '../use-cases/circuits.ts';
import { destinationParams } from './destinations.ts';

export const destinationCircuitRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}/circuit',
    summary: 'Get the circuit breaker of a destination',
    access: 'read',
    params: destinationParams,
    status: 200,
    response: circuitResponse,
    handle: async ({ principal, params: { id } }, services) =>
      toCircuitResponse(id, await circuitOf(services, principal.organizationId, id)),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/circuit/reset',
    summary: 'Close the circuit breaker of a destination, and release what it holds',
    access: 'write',
    params: destinationParams,
    status: 200,
    response: circuitResponse,
    handle: async ({ principal, params: { id }, now }, services) =>
      toCircuitResponse(id, await resetCircuit(services, principal.organizationId, id, now)),
  }),
];
