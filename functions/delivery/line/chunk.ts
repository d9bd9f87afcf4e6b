import type { DeliveryId } from '../../../core/ids.ts';
import type { Pace } from '../../../core/pace/pace.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { LineRow } from '../../stores/deliveries/lines.ts';

/** A delivery from the front of a line. */
export interface Next extends LineEntry {
  /**
   * Whether it keeps its place in the line until its delivery has ended, because it was queued in an order, even if the order
   * has been given up since. The retries of any other are messages of their own.
   */
  readonly keepsPlace: boolean;
}

/**
 * The deliveries to take next: the first ones that may go, each once. A delivery may wait in the line twice, because a stream
 * batch may be handed over again. If the destination no longer has an order, the groups that its deliveries came with are
 * ignored.
 */
export function nextChunk(
  rows: readonly LineRow[],
  { ordering }: Pick<Pace, 'ordering'>,
  mayGo: (entry: LineEntry) => boolean,
  atMost: number,
): readonly Next[] {
  const chunk = new Map<DeliveryId, Next>();
  for (const { entries } of rows) {
    for (const { job, group } of entries) {
      if (chunk.size >= atMost) return [...chunk.values()];
      const { deliveryId } = job;
      const keepsPlace = group !== undefined;
      const one = keepsPlace && ordering !== 'none' ? { job, group, keepsPlace } : { job, keepsPlace };
      if (!chunk.has(deliveryId) && mayGo(one)) chunk.set(deliveryId, one);
    }
  }
  return [...chunk.values()];
}
