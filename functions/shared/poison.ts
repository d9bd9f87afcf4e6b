/**
 * If a message comes back this often, processing it fails by itself. The queue's redrive policy would remove it at the
 * sixth receive (lib/driven-queue.ts) without a word in the log, so the fifth try ends what the message is about, and
 * logs why.
 */
export const POISON_RECEIVE_COUNT = 5;
