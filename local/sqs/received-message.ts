import { ACCOUNT_ID } from './account.ts';
import { type MessageAttributes, md5OfMessageAttributes } from './message-attributes.ts';
import type { IndexedMessage } from './message-index.ts';
import type { StoredMessage } from './message-store.ts';
import { encodeReceiptHandle } from './receipt-handle.ts';

/** A message as one receive hands it out. */
export interface ReceivedMessage {
  readonly messageId: string;
  /** Can be used to delete the message until it is received again. */
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly messageAttributes: MessageAttributes;
  readonly md5OfMessageAttributes: string | undefined;
  /** System attributes by their names in the API: SentTimestamp, ApproximateReceiveCount, MessageGroupId, … */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Callers on loopback count as the account's root user, for which AWS shows the account's number as the sender. */
const SENDER_ID = ACCOUNT_ID;

/** @param claimed the message's state right after the receive was counted. */
export function receivedMessage(queueName: string, claimed: IndexedMessage, stored: StoredMessage): ReceivedMessage {
  const { seq, messageId, receiveCount, firstReceivedMs, groupId } = claimed;
  const attributes: Record<string, string> = {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(stored.sentMs),
    SenderId: SENDER_ID,
    ApproximateFirstReceiveTimestamp: String(firstReceivedMs),
  };
  if (groupId !== undefined) attributes.MessageGroupId = groupId;
  if (stored.traceHeader !== undefined) attributes.AWSTraceHeader = stored.traceHeader;
  if (stored.deadLetterSourceArn !== undefined) attributes.DeadLetterQueueSourceArn = stored.deadLetterSourceArn;
  return {
    messageId,
    receiptHandle: encodeReceiptHandle({ queueName, seq, messageId, receiveCount }),
    body: stored.body,
    md5OfBody: stored.md5OfBody,
    messageAttributes: stored.messageAttributes,
    md5OfMessageAttributes: md5OfMessageAttributes(stored.messageAttributes),
    attributes,
  };
}
