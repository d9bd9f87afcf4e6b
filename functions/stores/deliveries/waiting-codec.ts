import { deflate, inflate } from '../../../core/deflate.ts';
import type { DeliveryJob } from '../../../core/delivery.ts';
import { decodeDelivery, encodeMessage } from '../../shared/delivery-message.ts';

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
  if (!encoded) throw new Error('a row of a line lacks what waits there');
  const entries = JSON.parse(Buffer.from(inflate(encoded)).toString()) as [message: string, group?: string][];
  return entries.map(([message, group]) => ({
    job: decodeDelivery(message).job,
    ...(group !== undefined && { group }),
  }));
}
