import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '../../core/delivery.ts';
import type { DeliveryId } from '../../core/ids.ts';
import { encodeMessage } from '../shared/delivery-message.ts';

/** While a sweep looks for its messages, the others it has met stay out of its sight. */
const SWEEP_VISIBILITY_SECONDS = 30;
/** 500 messages: beyond, the queue is swept by the replays that follow. */
const MAX_SWEEP_RECEIVES = 50;

/**
 * The queue of the deliveries that have run out of retries. Its depth is what the alarm watches; the table is what the API
 * lists. Both are told of a dead letter, and a replay or a discard takes it out of both.
 */
export class DeadLetterQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;

  constructor(sqs: SQSClient, url: string) {
    this.#sqs = sqs;
    this.#url = url;
  }

  async send(job: DeliveryJob, reason: string): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: encodeMessage({ job }),
        MessageGroupId: job.destinationId,
        MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
      }),
    );
  }

  /**
   * Takes the messages of these deliveries out of the queue. SQS can't address a message, so the queue is read until they
   * are found; the others are put back at once.
   * @returns how many of the deliveries were found
   */
  async remove(deliveries: ReadonlySet<DeliveryId>): Promise<number> {
    const wanted = new Set<string>(deliveries);
    const passedOver: Message[] = [];
    for (let receives = 0; wanted.size > 0 && receives < MAX_SWEEP_RECEIVES; receives++) {
      const messages = await this.#receive();
      if (messages.length === 0) break;
      const ours = messages.filter((message) => deliveries.has(deliveryOf(message)));
      passedOver.push(...messages.filter((message) => !ours.includes(message)));
      await this.#delete(ours);
      for (const message of ours) wanted.delete(deliveryOf(message));
    }
    await this.#putBack(passedOver);
    return deliveries.size - wanted.size;
  }

  async #receive(): Promise<Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: SWEEP_VISIBILITY_SECONDS,
        // A short poll asks some of SQS's servers only, and may find nothing in a queue that holds messages.
        WaitTimeSeconds: 1,
      }),
    );
    return Messages;
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const { Failed = [] } = await this.#sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    const [first] = Failed;
    if (first)
      throw new Error(`a dead letter could not be deleted from its queue: ${first.Code} ${first.Message ?? ''}`);
  }

  /** Best effort: a message that is not put back comes back by itself when its visibility timeout ends. */
  async #putBack(messages: readonly Message[]): Promise<void> {
    for (let start = 0; start < messages.length; start += 10) {
      await this.#sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.#url,
          Entries: messages.slice(start, start + 10).map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
            VisibilityTimeout: 0,
          })),
        }),
      );
    }
  }
}

/** Messages come here from Hawser itself and, by the redrive policy, from the delivery queue: all have the id in `dlv`. */
function deliveryOf({ Body = '' }: Message): DeliveryId {
  return (/"dlv":"(dlv_[0-9a-f]{32})"/.exec(Body)?.[1] ?? '') as DeliveryId;
}
