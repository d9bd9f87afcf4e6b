import * as z from 'zod';
import {
  type Circuit,
  circuitStates,
  type HalfOpenCircuit,
  nextProbeAtMs,
  type OpenCircuit,
} from '../../../core/circuit/circuit.ts';
import type { Destination } from '../../../core/destinations/destination.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { isoTime } from '../../../core/iso-time.ts';
import { timestamp, toTimestamp } from './times.ts';

const time = timestamp.nullable().meta({ examples: [null] });

export const circuitResponse = z
  .object({
    destination_id: idSchema('dst'),
    state: z.enum(circuitStates).meta({ examples: ['closed'] }),
    failure_count: z.int().meta({ description: 'Failures in a row.', examples: [0] }),
    opened_at: time.meta({
      description: 'When it opened; failed probes do not change it. `null` while it is closed, as are the next two.',
      examples: [null],
    }),
    next_probe_at: time.meta({
      description: 'While a probe is under way: when the next one follows if it has no result.',
      examples: [null],
    }),
    cooldown_seconds: z
      .int()
      .nullable()
      .meta({ examples: [null] }),
    last_failure_at: time,
  })
  .meta({ id: 'Circuit' });

export function toCircuitResponse(destinationId: DestinationId, circuit: Circuit): z.input<typeof circuitResponse> {
  const { state, failures, lastFailureAtMs } = circuit;
  const isClosed = circuit.state === 'closed';
  return {
    destination_id: destinationId,
    state,
    failure_count: failures,
    opened_at: isClosed ? null : toTimestamp(circuit.openedAtMs),
    next_probe_at: isClosed ? null : toTimestamp(nextProbeAtMs(circuit)),
    cooldown_seconds: isClosed ? null : circuit.cooldownSeconds,
    last_failure_at: toTimestamp(lastFailureAtMs),
  };
}

/** A circuit that is open or half-open, with its destination. Such a circuit has all of the times. */
export const openCircuitResponse = circuitResponse
  .extend({
    destination_name: z.string().meta({ examples: ['Build'] }),
    state: z.enum(['open', 'half_open']).meta({ examples: ['open'] }),
    failure_count: z.int().meta({ description: 'Failures in a row.', examples: [5] }),
    opened_at: timestamp,
    next_probe_at: timestamp,
    cooldown_seconds: z.int().meta({ examples: [60] }),
  })
  .meta({ id: 'OpenCircuit' });

export function toOpenCircuitResponse(
  { id, name }: Pick<Destination, 'id' | 'name'>,
  circuit: OpenCircuit | HalfOpenCircuit,
): z.input<typeof openCircuitResponse> {
  return {
    ...toCircuitResponse(id, circuit),
    destination_name: name,
    state: circuit.state,
    opened_at: isoTime(circuit.openedAtMs),
    next_probe_at: isoTime(nextProbeAtMs(circuit)),
    cooldown_seconds: circuit.cooldownSeconds,
  };
}
