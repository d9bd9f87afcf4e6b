import type { DeliveryJob } from '../../core/delivery.ts';
import { orderingGroup } from '../../core/ordering-key.ts';
import type { Ordering } from '../../core/pace.ts';
import type { RequestHead } from '../../core/stored-request.ts';
import type { Waiting } from '../stores/deliveries/waiting-codec.ts';

/** The group of all deliveries where the whole line is one group. */
const WHOLE_LINE = '';

/**
 * A delivery with the group in which it is ordered.
 * @param request called only if the group depends on the request
 * @returns `undefined` if it does, and the event has expired
 */
export async function waitingInLine(
  job: DeliveryJob,
  ordering: Ordering,
  request: () => Promise<{ readonly head: RequestHead; readonly body: Uint8Array } | undefined>,
): Promise<Waiting | undefined> {
  if (ordering === 'none') return { job };
  if (ordering === 'fifo') return { job, group: WHOLE_LINE };
  const found = await request();
  return found && { job, group: orderingGroup(ordering.fifoBy, found) };
}
