import { createHash, randomUUID } from 'node:crypto';
import type { EpochMs } from '../clock.ts';
import type { StoredMessage } from './message-store.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** A message sent at `nowMs`, as it is stored. `queueDelaySeconds` applies to messages without a delay of their own. */
export function rowOf(message: OutgoingMessage, seq: number, nowMs: EpochMs, queueDelaySeconds: number): StoredMessage {
  return {
    seq,
    messageId: randomUUID(),
    groupId: message.messageGroupId,
    sentMs: nowMs,
    visibleAtMs: nowMs + (message.delaySeconds ?? queueDelaySeconds) * 1000,
    body: message.body,
    md5OfBody: createHash('md5').update(message.body).digest('hex'),
    messageAttributes: message.messageAttributes ?? {},
    traceHeader: message.traceHeader,
    deadLetterSourceArn: undefined,
  };
}

/** The part of a row that the index keeps. The body is left out, or a backlog would fill the memory. */
export function headOf({ seq, messageId, groupId, sentMs, visibleAtMs }: StoredMessage) {
  return { seq, messageId, groupId, sentMs, visibleAtMs };
}
