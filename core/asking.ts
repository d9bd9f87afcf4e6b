import { randomBytes } from 'node:crypto';
import type { DeliveryIdentity, DeliveryJob, DeliveryProgress, DeliveryStatus } from './delivery.ts';

/**
 * One asking for a delivery to be sent again, by a replay or by hand. Its message is sent before its row says so: so that nothing is lost,
 * whoever dies. Of several that have found the row the same the first one wins that is recorded, by whoever has asked or by the function
 * that its message has come to. The messages of the others find that the row names another one, and are dropped.
 */
export interface Asking {
  readonly id: string;
  /** What the delivery was then; absent where it had no row. */
  readonly from?: DeliveryStatus;
  /** The asking that its row named then. */
  readonly after?: string;
}

export type AskedJob = DeliveryJob & { readonly asking: Asking };

/** 72 bits: short, for it stands in rows that are billed by the kilobyte, and only those of one delivery must differ. */
const ID_BYTES = 9;

/** The job as one asking for it, of a delivery that was found so. One that has a row and is pending is not asked for. */
export function asked(job: DeliveryJob, { status, askingId }: DeliveryIdentity): AskedJob {
  const asking: Asking = {
    id: randomBytes(ID_BYTES).toString('base64url'),
    ...(status !== 'pending' && { from: status }),
    ...(askingId !== undefined && { after: askingId }),
  };
  return { ...job, asking };
}

/** Whether a row names neither this asking nor another one that has won. */
export function isAsFound({ from, after }: Asking, { status, askingId }: DeliveryProgress): boolean {
  return status === from && askingId === after;
}
