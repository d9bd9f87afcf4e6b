import { type DeliveryJob, isDue } from '../../core/deliveries/delivery.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { Attempts } from './attempts.ts';
import type { DelayedSender } from './delayed-sender.ts';
import type { Received } from './received.ts';

export interface ClaimOptions {
  readonly attempts: Attempts;
  readonly delayedSender: DelayedSender;
  readonly log: DeliveryLog;
  readonly now: () => number;
}

/**
 * Sends a message on that comes too early, records the resend request of a job that has one, and gives up a message that keeps
 * coming back.
 * @returns whether the job is to be done now
 */
export async function claimIfDue(
  options: ClaimOptions,
  { message, receiveCount }: Pick<Received<DeliveryMessage>, 'message' | 'receiveCount'>,
  row: StoredDelivery | undefined,
): Promise<boolean> {
  const { job } = message;
  const { attempts, delayedSender } = options;
  if (!isDue(job, row) || (await delayedSender.postponeIfEarly(message)) || !(await claimResend(options, job, row)))
    return false;
  if (receiveCount < POISON_RECEIVE_COUNT) return true;
  await attempts.giveUp(job, 'processing_failed');
  return false;
}

/**
 * A message may arrive before its request is recorded, because the function that made the request has died or is slower. The
 * request is then recorded here, before the attempt: otherwise another request could win during the attempt and be sent as well.
 * Usually the row already has it.
 * @returns whether the job is to be done: no other request has won
 */
async function claimResend(
  { log, now }: ClaimOptions,
  job: DeliveryJob,
  row: StoredDelivery | undefined,
): Promise<boolean> {
  const { resendRequest } = job;
  if (!resendRequest || resendRequest.id === row?.resendRequestId) return true;
  return log.recordReceivedResend({ ...job, resendRequest }, row, now());
}
