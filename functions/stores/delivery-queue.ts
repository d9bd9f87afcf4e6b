import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { destinationOf, encodeMessage, type QueueMessage } from '../messages/delivery.ts';
import { Batcher } from './batcher.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_ENTRIES = 10;
const MAX_BATCH_BYTES = 1_048_576;
export const MAX_DELAY_SECONDS = 900;

/** SQS counts bodies in UTF-8; ours are ASCII (JSON of ids and base64). The rest is room for the group id. */
const ENTRY_OVERHEAD_BYTES = 256;

interface Outgoing {
  readonly body: string;
  /** Fair queues: messages of one destination are one group, so a slow destination never delays another. */
  readonly groupId: string;
  readonly delaySeconds: number;
}

/**
 * The queue of attempts to make, and of messages that release held deliveries. Callers record their progress only after
 * `send` has resolved, when the queue has the message.
 */
export class DeliveryQueue {
  readonly #batcher: Batcher<Outgoing>;
  readonly url: string;

  constructor(sqs: SQSClient, url: string, lingerMs = 5) {
    this.url = url;
    this.#batcher = new Batcher({
      maxItems: MAX_ENTRIES,
      maxBytes: MAX_BATCH_BYTES,
      sizeOf: ({ body }) => body.length + ENTRY_OVERHEAD_BYTES,
      lingerMs,
      send: (batch) => sendBatch(sqs, url, batch),
    });
  }

  /** @param delaySeconds at most `MAX_DELAY_SECONDS` */
  send(message: QueueMessage, delaySeconds = 0): Promise<void> {
    return this.#batcher.add({ body: encodeMessage(message), groupId: destinationOf(message), delaySeconds });
  }
}

async function sendBatch(sqs: SQSClient, url: string, batch: readonly Outgoing[]): Promise<Map<number, Error>> {
  const entries = batch.map(
    ({ body, groupId, delaySeconds }, index): SendMessageBatchRequestEntry => ({
      Id: String(index),
      MessageBody: body,
      MessageGroupId: groupId,
      ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    }),
  );
  const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
  return new Map(
    Failed.map(({ Id, Code, Message }) => [
      Number(Id),
      new Error(`the delivery queue refused a message: ${Code} ${Message ?? ''}`),
    ]),
  );
}
