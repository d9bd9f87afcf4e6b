import { isDue } from '../../core/delivery.ts';
import type { DeliveryMessage } from '../shared/delivery-message.ts';
import { POISON_RECEIVE_COUNT } from '../shared/poison.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { Attempts } from './attempts.ts';
import type { Received } from './received.ts';
import type { Retries } from './retries.ts';

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
