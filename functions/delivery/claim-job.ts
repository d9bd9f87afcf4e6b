import { type DeliveryJob, isDue } from '../../core/deliveries/delivery.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { Attempts } from './attempts.ts';
import type { Retries } from './delayed-sender.ts';
import type { Received } from './received.ts';

export interface DueOptions {
  readonly attempts: Attempts;
  readonly retries: Retries;
  readonly log: DeliveryLog;
  readonly now: () => number;
}

/** Whether a job must be done now. A message that comes too early is postponed; one that keeps coming back is given up. */
export async function isDueNow(
  options: DueOptions,
  { message, receiveCount }: Pick<Received<DeliveryMessage>, 'message' | 'receiveCount'>,
  row: StoredDelivery | undefined,
): Promise<boolean> {
  const { job } = message;
  const { attempts, retries } = options;
  if (!isDue(job, row) || (await retries.postponed(message)) || !(await hasWon(options, job, row))) return false;
  if (receiveCount < POISON_RECEIVE_COUNT) return true;
  await attempts.giveUp(job, 'processing_failed');
  return false;
}

/**
 * A message may arrive before its request is recorded, because the function that made the request has died or is slower. The
 * request is then recorded here, before the attempt: otherwise another request could win during the attempt and be sent as well.
 * Usually the row already has it.
 */
async function hasWon({ log, now }: DueOptions, job: DeliveryJob, row: StoredDelivery | undefined): Promise<boolean> {
  const { resendRequest } = job;
  if (!resendRequest || resendRequest.id === row?.resendRequestId) return true;
  return log.recordReceivedResend({ ...job, resendRequest }, row, now());
}
