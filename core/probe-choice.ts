import type { DeliveryIdentity } from './delivery.ts';
import type { DeliveryId } from './ids.ts';

/**
 * A probe finds out whether the receiver is alive, so it is made with one that tells least of itself. An event that the receiver
 * refuses, however well it is, opens the circuit by its retries. As the oldest it would be each probe, and keep all others held.
 *
 * Nobody is left out by that: a success releases all that is held, and each failure makes its own delivery come later.
 * @param held the oldest first, which goes first among equals
 * @param probedWith the delivery of the last probe: not twice in a row, while there is another
 */
export function probeAmong<Held extends Pick<DeliveryIdentity, 'id' | 'attemptCount'>>(
  held: readonly Held[],
  probedWith: DeliveryId | undefined,
): Held | undefined {
  const others = held.filter(({ id }) => id !== probedWith);
  const [least] = (others.length > 0 ? others : held).toSorted((one, other) => one.attemptCount - other.attemptCount);
  return least;
}
