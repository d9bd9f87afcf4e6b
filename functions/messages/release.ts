import * as z from 'zod';
import { type Circuit, nextProbeAtMs } from '../../core/circuit/circuit.ts';
import { idSchema } from '../../core/id-schema.ts';
import type { DeliveryId, DestinationId } from '../../core/ids.ts';
import { CONFIGURATION_TTL_MS } from '../lifetimes.ts';

/**
 * Asks to release the deliveries that a destination holds, as far as its circuit allows by then: see
 * functions/delivery/releases.ts.
 */
export interface ReleaseMessage {
  readonly destinationId: DestinationId;
  /** When the release was asked for. */
  readonly atMs: number;
  /** The epoch of the circuit that it belongs to; absent if something other than the circuit asked for it. */
  readonly epoch?: number;
  /** The last delivery that this pass has released so far. */
  readonly after?: DeliveryId;
  /** Number of the pass; absent for the first. */
  readonly pass?: number;
}

/**
 * The message that has to follow a new state of a circuit: for its next probe, or to release what is held once it is
 * closed.
 */
export function releaseFor(
  destinationId: DestinationId,
  circuit: Circuit,
  nowMs: number,
): [message: ReleaseMessage, delaySeconds: number] {
  // An instance that does not know yet that the circuit is closed would hold what is released again.
  const waitMs = circuit.state === 'closed' ? CONFIGURATION_TTL_MS : nextProbeAtMs(circuit) - nowMs;
  return [{ destinationId, atMs: nowMs, epoch: circuit.epoch }, Math.ceil(waitMs / 1000)];
}

export const releaseSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('release'),
  dst: idSchema('dst'),
  at: z.int(),
  epoch: z.int().optional(),
  after: idSchema('dlv').optional(),
  look: z.int().min(1).optional(),
});

export function encodeRelease({ destinationId, atMs, pass, ...rest }: ReleaseMessage): string {
  const message: z.input<typeof releaseSchema> = {
    v: 1,
    kind: 'release',
    dst: destinationId,
    at: atMs,
    ...rest,
    ...(pass !== undefined && { look: pass }),
  };
  return JSON.stringify(message);
}

export function releaseFrom({ dst, at, epoch, after, look }: z.output<typeof releaseSchema>): ReleaseMessage {
  return {
    destinationId: dst,
    atMs: at,
    ...(epoch !== undefined && { epoch }),
    ...(after !== undefined && { after }),
    ...(look !== undefined && { pass: look }),
  };
}
