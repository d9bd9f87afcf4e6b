import type { DeliveryId } from '../../core/ids.ts';
import type { Pace } from '../../core/pace.ts';
import type { LineRow } from '../stores/deliveries/lines.ts';
import type { Waiting } from '../stores/deliveries/waiting-codec.ts';

/** One from the front of a line. */
export interface Next extends Waiting {
  /**
   * Whether it stays in line until its delivery has ended, as it was put there where there was an order, which may have been given up
   * since. Retries of any other are messages of their own.
   */
  readonly keepsPlace: boolean;
}

/**
 * What is to be done next: the first of those that may go, each delivery once. The same one may wait twice, as a stream's batch
 * may come again. Where the order was given up, none of them is in a group any more.
 */
export function nextChunk(
  rows: readonly LineRow[],
  { ordering }: Pick<Pace, 'ordering'>,
  mayGo: (waiting: Waiting) => boolean,
  atMost: number,
): readonly Next[] {
  const chunk = new Map<DeliveryId, Next>();
  for (const { waiting } of rows) {
    for (const { job, group } of waiting) {
      if (chunk.size >= atMost) return [...chunk.values()];
      const { deliveryId } = job;
      const keepsPlace = group !== undefined;
      const one = keepsPlace && ordering !== 'none' ? { job, group, keepsPlace } : { job, keepsPlace };
      if (!chunk.has(deliveryId) && mayGo(one)) chunk.set(deliveryId, one);
    }
  }
  return [...chunk.values()];
}

/** What goes one after the other, by its name; where there is no order, each delivery is by itself. */
export function turnOf({ group, job }: Waiting): string {
  return group ?? job.deliveryId;
}
