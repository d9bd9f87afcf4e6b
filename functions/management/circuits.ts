import * as z from 'zod';
import {
  type Circuit,
  circuitStates,
  close,
  type HalfOpenCircuit,
  nextProbeAtMs,
  type OpenCircuit,
} from '../../core/circuit.ts';
import type { Destination } from '../../core/destination.ts';
import { idSchema } from '../../core/id-schema.ts';
import type { DestinationId, OrganizationId } from '../../core/ids.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';
import { releaseFor } from '../messages/release.ts';
import { ownDestination } from './destinations.ts';
import type { Services } from './services.ts';
import { isoTime, showTime, timestamp } from './times.ts';

const time = timestamp.nullable().meta({ examples: [null] });

export const circuitAnswer = z
  .object({
    destination_id: idSchema('dst'),
    state: z.enum(circuitStates).meta({ examples: ['closed'] }),
    failure_count: z.int().meta({ description: 'Failures in a row.', examples: [0] }),
    opened_at: time.meta({
      description: 'When it last was closed; `null` while it is, as are the next two.',
      examples: [null],
    }),
    next_probe_at: time.meta({
      description: 'While a probe is under way: when another one follows if nothing is heard of it.',
      examples: [null],
    }),
    cooldown_seconds: z
      .int()
      .nullable()
      .meta({ examples: [null] }),
    last_failure_at: time,
  })
  .meta({ id: 'Circuit' });

export function showCircuit(destinationId: DestinationId, circuit: Circuit): z.input<typeof circuitAnswer> {
  const { state, failures, lastFailureAtMs } = circuit;
  const isClosed = circuit.state === 'closed';
  return {
    destination_id: destinationId,
    state,
    failure_count: failures,
    opened_at: isClosed ? null : showTime(circuit.openedAtMs),
    next_probe_at: isClosed ? null : showTime(nextProbeAtMs(circuit)),
    cooldown_seconds: isClosed ? null : circuit.cooldownSeconds,
    last_failure_at: showTime(lastFailureAtMs),
  };
}

/** Of one that is open or half-open, and whose it is: such a one has all times. */
export const openCircuitAnswer = circuitAnswer
  .extend({
    destination_name: z.string().meta({ examples: ['Build'] }),
    state: z.enum(['open', 'half_open']).meta({ examples: ['open'] }),
    failure_count: z.int().meta({ description: 'Failures in a row.', examples: [5] }),
    opened_at: timestamp,
    next_probe_at: timestamp,
    cooldown_seconds: z.int().meta({ examples: [60] }),
  })
  .meta({ id: 'OpenCircuit' });

export function showOpenCircuit(
  { id, name }: Pick<Destination, 'id' | 'name'>,
  circuit: OpenCircuit | HalfOpenCircuit,
): z.input<typeof openCircuitAnswer> {
  return {
    ...showCircuit(id, circuit),
    destination_name: name,
    state: circuit.state,
    opened_at: isoTime(circuit.openedAtMs),
    next_probe_at: isoTime(nextProbeAtMs(circuit)),
    cooldown_seconds: circuit.cooldownSeconds,
  };
}

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
