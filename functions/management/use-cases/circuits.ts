import { type Circuit, close } from '../../../core/circuit/circuit.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import type { UpdateDestination } from '../../../core/destinations/destination-schema.ts';
import type { DestinationId, OrganizationId } from '../../../core/ids.ts';
import { CONFIGURATION_TTL_MS } from '../../lifetimes.ts';
import { releaseFor } from '../../messages/release.ts';
import type { Services } from '../services.ts';
import { ownDestination } from './destinations.ts';

/** @throws ApiError RESOURCE_NOT_FOUND */
export async function circuitOf(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
): Promise<Circuit> {
  await ownDestination(services, organizationId, id);
  return services.circuits.get(id);
}

/** Closes the circuit, even one that is closed already, and releases what is held. @throws ApiError RESOURCE_NOT_FOUND */
export async function resetCircuit(
  services: Services,
  organizationId: OrganizationId,
  id: DestinationId,
  now: Date,
): Promise<Circuit> {
  const { circuits, deliveryQueue } = services;
  const known = await circuitOf(services, organizationId, id);
  const nowMs = now.getTime();
  const { circuit } = await circuits.change(id, {
    known,
    change: close,
    beforeCommit: (next) => deliveryQueue.send(...releaseFor(id, next, nowMs)),
    nowMs,
  });
  return circuit;
}

/**
 * Applies a change of a destination to what it holds: asks for the release of whatever the change may have freed, then closes the
 * circuit if the breaker is now off. The order matters, because a closed circuit needs the message of the release. That message
 * also closes the circuit if this request breaks off after sending it, or if a delivery function that still believes the breaker
 * to be on opens the circuit again.
 *
 * It goes by what the request says, even if the destination already had that setting: this may be the retry of a request that
 * changed the destination and then broke off.
 *
 * @param destination as it is after the change
 */
export async function applyToHeld(
  services: Services,
  destination: Pick<Destination, 'id' | 'circuitBreaker'>,
  change: UpdateDestination,
  now: Date,
): Promise<void> {
  if (change.enabled || change.circuit_breaker || changesPace(change)) await releaseHeld(services, destination.id, now);
  if (change.circuit_breaker && !destination.circuitBreaker.enabled)
    await closeSwitchedOff(services, destination.id, now);
}

function changesPace({ rate_limit, ordering, max_concurrency }: UpdateDestination): boolean {
  return [rate_limit, ordering, max_concurrency].some((field) => field !== undefined);
}

/** Otherwise the circuit would stay open for ever, and hold deliveries again once the breaker is back on. */
async function closeSwitchedOff({ circuits }: Services, id: DestinationId, now: Date): Promise<void> {
  await circuits.switchOff(id, await circuits.get(id), now.getTime());
}

/**
 * Has the delivery function look at what the destination holds, and at its line, after a change that frees it: the destination
 * was enabled, archived or deleted, or its pace or circuit breaker changed. What is held is then sent or cancelled. This waits
 * until no function instance has the old settings cached, because it would hold everything again.
 */
export function releaseHeld(
  { deliveryQueue }: Services,
  destinationId: DestinationId,
  now: Date,
  delaySeconds = CONFIGURATION_TTL_MS / 1000,
): Promise<void> {
  return deliveryQueue.send({ destinationId, atMs: now.getTime() }, delaySeconds);
}
