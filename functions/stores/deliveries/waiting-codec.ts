import { deflate, inflate } from '../../../core/deflate.ts';
import type { DeliveryJob } from '../../../core/delivery.ts';
import type { DeliveryId } from '../../../core/ids.ts';
import { decodeDelivery, encodeMessage } from '../../messages/delivery.ts';

/** A delivery that waits in the line of its destination. */
export interface Waiting {
  readonly job: DeliveryJob;
  /** Those of the same group go one after the other: see core/ordering-key.ts. Absent where there is no order. */
  readonly group?: string;
}

/** As jobs stand in the queue, but all in one: what they have in common deflates away, about 40 bytes each remain. */
export function encodeWaiting(waiting: readonly Waiting[]): Uint8Array {
  const entries = waiting.map(({ job, group }) => [encodeMessage({ job }), ...(group === undefined ? [] : [group])]);
  return deflate(Buffer.from(JSON.stringify(entries)));
}

/** @throws Error for what only `encodeWaiting` could have written, and has not */
export function decodeWaiting(encoded: Uint8Array | undefined): Waiting[] {
  return entriesOf(encoded).map(([message, group]) => ({
    job: decodeDelivery(message).job,
    ...(group !== undefined && { group }),
  }));
}

/**
 * Whose deliveries wait, and nothing else of them: to count tens of thousands, of which to check each would take more than a second.
 * @throws Error as `decodeWaiting`
 */
export function idsOfWaiting(encoded: Uint8Array | undefined): DeliveryId[] {
  return entriesOf(encoded).map(([message]) => (JSON.parse(message) as { readonly dlv: DeliveryId }).dlv);
}

function entriesOf(encoded: Uint8Array | undefined): [message: string, group?: string][] {
  if (!encoded) throw new Error('a row of a line lacks what waits there');
  return JSON.parse(Buffer.from(inflate(encoded)).toString()) as [message: string, group?: string][];
}
