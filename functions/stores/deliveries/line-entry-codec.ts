import type { DeliveryJob } from '../../../core/deliveries/delivery.ts';
import { deflate, inflate } from '../../../core/events/deflate.ts';
import type { DeliveryId } from '../../../core/ids.ts';
import { decodeDelivery, encodeMessage } from '../../messages/delivery.ts';

/** A delivery that waits in the line of its destination. */
export interface LineEntry {
  readonly job: DeliveryJob;
  /** Deliveries of the same group go one after the other: see core/pace/ordering-key.ts. Absent if there is no order. */
  readonly group?: string;
}

/**
 * The same format as in the queue, but all entries in one: what they have in common deflates away, so that each takes
 * about 40 bytes.
 */
export function encodeLineEntries(entries: readonly LineEntry[]): Uint8Array {
  const encoded = entries.map(({ job, group }) => [encodeMessage({ job }), ...(group === undefined ? [] : [group])]);
  return deflate(Buffer.from(JSON.stringify(encoded)));
}

/** @throws Error if the bytes are not from `encodeLineEntries` */
export function decodeLineEntries(encoded: Uint8Array | undefined): LineEntry[] {
  return entriesOf(encoded).map(([message, group]) => ({
    job: decodeDelivery(message).job,
    ...(group !== undefined && { group }),
  }));
}

/**
 * Decodes only the ids of the deliveries: validating tens of thousands of entries just to count them would take more than
 * a second.
 * @throws Error as `decodeLineEntries`
 */
export function decodeDeliveryIds(encoded: Uint8Array | undefined): DeliveryId[] {
  return entriesOf(encoded).map(([message]) => (JSON.parse(message) as { readonly dlv: DeliveryId }).dlv);
}

function entriesOf(encoded: Uint8Array | undefined): [message: string, group?: string][] {
  if (!encoded) throw new Error('a row of a line lacks its entries');
  return JSON.parse(Buffer.from(inflate(encoded)).toString()) as [message: string, group?: string][];
}
