/**
 * What comes back this often is something whose processing itself fails. The queue's redrive policy would take a message away
 * at the sixth receive (lib/driven-queue.ts) without a word in the log; so the fifth ends what it is about, and says why.
 */
export const POISON_RECEIVE_COUNT = 5;
