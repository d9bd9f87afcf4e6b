import { isDue } from '../../core/delivery.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { Attempts } from './attempts.ts';
import type { Received } from './received.ts';
import type { Retries } from './retries.ts';

/**
 * What comes back this often is something whose processing itself fails. The queue's redrive policy would take a message away
 * at the sixth receive without a word in the log; so the fifth makes it a dead letter like any other.
 */
export const POISON_RECEIVE_COUNT = 5;

export interface DueOptions {
  readonly attempts: Attempts;
  readonly retries: Retries;
}

/** Whether a job is to be done now. One that has come too early is sent on; one that comes back again and again is given up. */
export async function isDueNow(
  { attempts, retries }: DueOptions,
  { message, receiveCount }: Pick<Received<DeliveryMessage>, 'message' | 'receiveCount'>,
  row: StoredDelivery | undefined,
): Promise<boolean> {
  const { job } = message;
  if (!isDue(job, row) || (await retries.postponed(message))) return false;
  if (receiveCount < POISON_RECEIVE_COUNT) return true;
  await attempts.giveUp(job, 'processing_failed');
  return false;
}
