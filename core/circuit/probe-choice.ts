import type { DeliveryIdentity } from '../deliveries/delivery.ts';
import type { DeliveryId } from '../ids.ts';

/**
 * Chooses the held delivery with the fewest attempts as the probe. A probe is meant to find out whether the receiver is alive. But
 * an event that a healthy receiver refuses can open the circuit by its own retries. If the oldest delivery were always the probe, that
 * event would be every probe, and keep all others held.
 *
 * No delivery is left out: a success releases all that is held, and each failure puts its own delivery further back.
 * @param held the oldest first, which is preferred among equals
 * @param probedWith the delivery of the last probe: not chosen twice in a row while there is another
 */
export function probeAmong<Held extends Pick<DeliveryIdentity, 'id' | 'attemptCount'>>(
  held: readonly Held[],
  probedWith: DeliveryId | undefined,
): Held | undefined {
  const others = held.filter(({ id }) => id !== probedWith);
  const [least] = (others.length > 0 ? others : held).toSorted((one, other) => one.attemptCount - other.attemptCount);
  return least;
}
