import type { TestServices } from '../../test/support/services.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import type { QueuedMessage } from './received.ts';

type Queue = Pick<TestServices, 'simulators' | 'deliveryQueue'>;

/** A batch of the delivery queue, as Lambda hands it over, with what deletes its messages that are done. */
export interface Batch {
  readonly messages: readonly QueuedMessage[];
  /** @param failed ids of those that come back */
  readonly end: (failed: readonly string[]) => Promise<void>;
}

/** Receives what is visible, up to ten messages. */
export async function receiveBatch({ simulators, deliveryQueue }: Queue): Promise<Batch> {
  const { queueArn } = deliveryQueue;
  const received = await simulators.sqs.receiveMessages(queueArn, { maxMessages: 10, waitTimeMs: 0 });
  return {
    messages: received.map(({ messageId, body, attributes }) => ({
      messageId,
      body,
      receiveCount: Number(attributes.ApproximateReceiveCount),
    })),
    end: async (failed) => {
      const done = received.filter(({ messageId }) => !failed.includes(messageId));
      const receipts = done.map(({ receiptHandle }) => receiptHandle);
      await simulators.sqs.deleteMessages(queueArn, receipts);
    },
  };
}

/** Hands what is visible to a worker, as the event source mapping does. @returns how many messages there were */
export async function handOver(queue: Queue, worker: Pick<DeliveryWorker, 'deliverBatch'>): Promise<number> {
  const { messages, end } = await receiveBatch(queue);
  await end(await worker.deliverBatch(messages));
  return messages.length;
}
