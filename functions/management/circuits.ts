import { type Circuit, close } from '../../core/circuit.ts';
import type { Destination } from '../../core/destination.ts';
import type { DestinationId, OrganizationId } from '../../core/ids.ts';
import { releaseFor } from '../shared/release-message.ts';
import { CONFIGURATION_TTL_MS } from '../shared/ttl-cache.ts';
import { ownDestination } from './destinations.ts';
import type { Services } from './services.ts';

/** @throws ApiError RESOURCE_NOT_FOUND */
export async function circuitOf(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
): Promise<Circuit> {
  await ownDestination(services, organizationId, id);
  return services.circuits.get(id);
}

/** Closes the circuit, also one that is closed, and releases what is held. @throws ApiError RESOURCE_NOT_FOUND */
export async function resetCircuit(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
  now: Date,
): Promise<Circuit> {
  const { circuits, deliveryQueue } = services;
  const known = await circuitOf(services, organizationId, id);
  const promise = (next: Circuit) => deliveryQueue.send(...releaseFor(id, next, now.getTime()));
  const { circuit } = await circuits.change(id, known, close, promise, now.getTime());
  return circuit;
}

/**
 * Closes the circuit of a destination whose breaker is off: it would be shown as open for ever, and hold what comes once the
 * breaker is on again. To be called after `releaseHeld`, whose message the closed state needs. That message closes it too, where
 * this call breaks off, or where a function opens the circuit that still knows the breaker to be on.
 */
export async function closeSwitchedOff(
  { circuits }: Services,
  { id, circuitBreaker }: Pick<Destination, 'id' | 'circuitBreaker'>,
  now: Date,
): Promise<void> {
  if (circuitBreaker.enabled) return;
  await circuits.switchOff(id, await circuits.get(id), now.getTime());
}

/**
 * Has the delivery function look at what the destination holds, and at its line, once it has been changed in a way that frees
 * it: enabled, archived, deleted, of another pace or circuit breaker. What is held then goes, or is cancelled. A function that
 * still remembers the destination as it was would hold it again.
 */
export function releaseHeld(
  { deliveryQueue }: Services,
  destinationId: DestinationId,
  now: Date,
  delaySeconds = CONFIGURATION_TTL_MS / 1000,
): Promise<void> {
  return deliveryQueue.send({ destinationId, atMs: now.getTime() }, delaySeconds);
}
