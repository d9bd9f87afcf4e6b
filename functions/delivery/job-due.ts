import { type DeliveryJob, isDue } from '../../core/delivery.ts';
import type { DeliveryMessage } from '../messages/delivery.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import type { DeliveryLog } from '../stores/deliveries/delivery-log.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { Attempts } from './attempts.ts';
import type { Received } from './received.ts';
import type { Retries } from './retries.ts';

export interface DueOptions {
  readonly attempts: Attempts;
  readonly retries: Retries;
  readonly log: DeliveryLog;
  readonly now: () => number;
}

/** Whether a job is to be done now. One that has come too early is sent on; one that comes back again and again is given up. */
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
 * A message may come before its asking is recorded, because whoever has asked has died, or is slower. Then it is recorded here, before the
 * attempt: else another asking could win while that is under way, and be sent as well. Usually the row says it already.
 */
async function hasWon({ log, now }: DueOptions, job: DeliveryJob, row: StoredDelivery | undefined): Promise<boolean> {
  const { asking } = job;
  if (!asking || asking.id === row?.askingId) return true;
  return log.recordAsked({ ...job, asking }, row, now());
}
