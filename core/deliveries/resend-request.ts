import { randomBytes } from 'node:crypto';
import type { DeliveryIdentity, DeliveryJob, DeliveryProgress, DeliveryStatus } from './delivery.ts';

/**
 * A request to send a delivery again: by a replay, or by a retry by hand. Its message is sent before the row records it, so that nothing
 * is lost whoever dies in between. Of several requests that found the row in the same state, the one that is recorded first wins. It is
 * recorded by whoever made it, or by the function that receives its message. The messages of the others find another request in the
 * row, and are dropped.
 */
export interface ResendRequest {
  readonly id: string;
  /** The status of the delivery when the request was made; absent if it had no row. */
  readonly statusBefore?: DeliveryStatus;
  /** The request that its row named then. */
  readonly previousRequestId?: string;
}

export type ResendJob = DeliveryJob & { readonly resendRequest: ResendRequest };

/** 72 bits: short, because rows are billed by the kilobyte, and only the ids of one delivery must differ. */
const ID_BYTES = 9;

/**
 * The job with a new request for it.
 * @param found the delivery as it was read; one that is `pending` has no row, because no request is made for a row that is pending
 */
export function withResendRequest(job: DeliveryJob, found: DeliveryIdentity): ResendJob {
  const { status, resendRequestId } = found;
  const resendRequest: ResendRequest = {
    id: randomBytes(ID_BYTES).toString('base64url'),
    ...(status !== 'pending' && { statusBefore: status }),
    ...(resendRequestId !== undefined && { previousRequestId: resendRequestId }),
  };
  return { ...job, resendRequest };
}

/** Whether the row still is as the request found it: neither this request nor another one has been recorded since. */
export function isAsFound(
  { statusBefore, previousRequestId }: ResendRequest,
  { status, resendRequestId }: DeliveryProgress,
): boolean {
  return status === statusBefore && resendRequestId === previousRequestId;
}
