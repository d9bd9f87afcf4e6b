/**
 * A message that comes back this often is itself the cause of the failure. The queue's redrive policy would silently
 * remove it at the sixth receive (lib/driven-queue.ts), so the fifth attempt fails the message's delivery or replay, and
 * logs why.
 */
export const POISON_RECEIVE_COUNT = 5;
