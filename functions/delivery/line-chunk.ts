import type { DeliveryId } from '../../core/ids.ts';
import type { LineRow } from '../stores/deliveries/lines.ts';
import type { Waiting } from '../stores/deliveries/waiting-codec.ts';

/**
 * What is to be done next: the first of those that may go, each delivery once. The same one may wait twice, as a stream's batch
 * may come again.
 */
export function nextChunk(
  rows: readonly LineRow[],
  mayGo: (waiting: Waiting) => boolean,
  atMost: number,
): readonly Waiting[] {
  const chunk = new Map<DeliveryId, Waiting>();
  for (const { waiting } of rows) {
    for (const one of waiting) {
      if (chunk.size >= atMost) return [...chunk.values()];
      const { deliveryId } = one.job;
      if (!chunk.has(deliveryId) && mayGo(one)) chunk.set(deliveryId, one);
    }
  }
  return [...chunk.values()];
}

/** What goes one after the other, by its name; where there is no order, each delivery is by itself. */
export function turnOf({ group, job }: Waiting): string {
  return group ?? job.deliveryId;
}
