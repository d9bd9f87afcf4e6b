import { type DeliveryMessage, decodeMessage, isDelivery, type QueueMessage } from '../messages/delivery.ts';
import type { LineMessage } from '../messages/line.ts';
import type { ReleaseMessage } from '../messages/release.ts';
import { logger } from '../shared/logger.ts';

/** One message as the queue hands it over. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  /** How often it has been received, this time included. */
  readonly receiveCount: number;
}

/** A message of the queue, decoded. */
export interface Received<Message extends QueueMessage> {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly message: Message;
}

/** A batch, sorted by the kind of its messages. */
interface SortedBatch {
  /** Ids of messages that can't be decoded. */
  readonly unreadable: readonly string[];
  readonly jobs: readonly Received<DeliveryMessage>[];
  /** Messages to release what is held, or to work off a line. */
  readonly signals: readonly Received<ReleaseMessage | LineMessage>[];
}

export function sortOut(queued: readonly QueuedMessage[]): SortedBatch {
  const unreadable: string[] = [];
  const jobs: Received<DeliveryMessage>[] = [];
  const signals: Received<ReleaseMessage | LineMessage>[] = [];
  for (const one of queued) {
    const { messageId, receiveCount } = one;
    const message = decode(one);
    if (!message) unreadable.push(messageId);
    else if (!isDelivery(message)) signals.push({ messageId, receiveCount, message });
    else jobs.push({ messageId, receiveCount, message });
  }
  return { unreadable, jobs, signals };
}

function decode({ messageId, body }: QueuedMessage): QueueMessage | undefined {
  try {
    return decodeMessage(body);
  } catch (error) {
    // It comes back until the redrive policy moves it to the dead-letter queue, where a person can look at it.
    logger.error('a message of the delivery queue is not readable', { messageId, error });
    return undefined;
  }
}
