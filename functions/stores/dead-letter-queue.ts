import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { allSettledOrThrow } from '../../core/all-settled-or-throw.ts';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import type { DeliveryId } from '../../core/ids.ts';
import { encodeMessage } from '../messages/delivery.ts';
import { jobOf, REASON, settledMessages } from './dead-letter-messages.ts';
import type { DeliveryReader } from './deliveries/delivery-reader.ts';

/** The other messages that a sweep meets stay hidden from it for this long. */
const SWEEP_VISIBILITY_SECONDS = 30;
/**
 * A sweep takes its messages for gone after this many empty long polls of a second: a concurrent sweep, for another
 * replay, may just be holding them.
 */
const MAX_EMPTY_RECEIVES = 2;
/**
 * How long a sweep may take. What has moved on within this time is left to its own sweep, which would otherwise look
 * for it in vain.
 */
const OWN_SWEEP_MS = 30_000;
/** 500 messages. One further back stays until a later sweep meets it, and recognizes it by its delivery's row. */
const MAX_SWEEP_RECEIVES = 50;

/** The most messages of one call. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_RECEIVED = 10;
/** The number of rows that one `BatchGetItem` reads. */
const ROUND_RECEIVES = 10;
/**
 * A clearing hides messages of deliveries that are still dead from itself, and from the queue's depth, for this long:
 * meanwhile it looks at some ten thousand others. It does not put them back, or it would meet the same messages again.
 */
export const CLEARING_VISIBILITY_SECONDS = 120;

/**
 * The queue of deliveries that ran out of retries. The alarm watches its depth; the API lists from the table. A dead
 * letter is recorded in both, and a replay or a discard removes it from both.
 */
export class DeadLetterQueue {
  readonly #sqs: SQSClient;
  readonly #url: string;
  readonly #deliveries: DeliveryReader;

  constructor(sqs: SQSClient, url: string, deliveries: DeliveryReader) {
    this.#sqs = sqs;
    this.#url = url;
    this.#deliveries = deliveries;
  }

  async send(job: DeliveryJob, reason: string): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: encodeMessage({ job }),
        MessageGroupId: job.destinationId,
        MessageAttributes: { [REASON]: { DataType: 'String', StringValue: reason } },
      }),
    );
  }

  /**
   * Removes the messages of these deliveries from the queue. SQS can't address a message, so the queue is read until
   * they are found. Other messages met on the way are put back, unless their delivery is no longer dead.
   * @param deliveries each with the time at which it was sent again or discarded, by `afterReplays`: by then it may be
   *   dead again, and have another message, which stays
   * @returns how many of the deliveries were found
   */
  async remove(deliveries: ReadonlyMap<DeliveryId, number>, nowMs: number): Promise<number> {
    const wanted = new Set(deliveries.keys());
    const passedOver: Message[] = [];
    let empty = 0;
    for (let receives = 0; wanted.size > 0 && receives < MAX_SWEEP_RECEIVES; receives++) {
      // Never waits while it holds messages: two sweeps that each hold what the other looks for would both wait in vain.
      const waitSeconds = passedOver.length === 0 ? 1 : 0;
      const messages = await this.#receive(SWEEP_VISIBILITY_SECONDS, waitSeconds);
      if (messages.length === 0) {
        if (waitSeconds > 0 && ++empty === MAX_EMPTY_RECEIVES) break;
        await this.#putBack(passedOver.splice(0));
        continue;
      }
      const done = await settledMessages(messages, deliveries, this.#deliveries, {
        movedBeforeMs: nowMs - OWN_SWEEP_MS,
      });
      await this.#delete([...done]);
      passedOver.push(...messages.filter((message) => !done.has(message)));
      for (const message of done) {
        const id = jobOf(message)?.deliveryId;
        if (id) wanted.delete(id);
      }
    }
    await this.#putBack(passedOver);
    return deliveries.size - wanted.size;
  }

  /** Approximate number of messages; those that a sweep holds are hidden. */
  async depth(): Promise<{ visible: number; hidden: number }> {
    const [visible, hidden] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: [visible, hidden] }),
    );
    return { visible: Number(Attributes?.[visible] ?? 0), hidden: Number(Attributes?.[hidden] ?? 0) };
  }

  /**
   * Removes the messages of deliveries that have been sent again. It is for many at a time, where a sweep for each
   * would read the queue as often. About 21 calls per 100 messages.
   * @param maxMessages about how many to look at
   * @param settledMs rows say `dead` for everything that was dead at this time
   * @returns how many it has looked at: 0 when the queue shows no more
   */
  async clear(maxMessages: number, settledMs: number): Promise<number> {
    let seen = 0;
    while (seen < maxMessages) {
      const receives = Math.min(ROUND_RECEIVES, Math.ceil((maxMessages - seen) / MAX_RECEIVED));
      const batches = await allSettledOrThrow(
        Array.from({ length: receives }, () => this.#receive(CLEARING_VISIBILITY_SECONDS)),
      );
      const messages = batches.flat();
      if (messages.length === 0) return seen;
      seen += messages.length;
      const done = [...(await settledMessages(messages, new Map(), this.#deliveries, { settledMs }))];
      const deletes = Array.from({ length: Math.ceil(done.length / MAX_RECEIVED) }, (_, index) =>
        this.#delete(done.slice(index * MAX_RECEIVED, (index + 1) * MAX_RECEIVED)),
      );
      await allSettledOrThrow(deletes);
    }
    return seen;
  }

  /**
   * @param waitSeconds a short poll, of 0, asks some of SQS's servers only, and may find nothing in a queue that holds messages.
   *   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
   */
  async #receive(visibilitySeconds: number, waitSeconds = 1): Promise<Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: MAX_RECEIVED,
        VisibilityTimeout: visibilitySeconds,
        MessageAttributeNames: [REASON],
        MessageSystemAttributeNames: ['SentTimestamp'],
        WaitTimeSeconds: waitSeconds,
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

  /** Best effort: a message that is not put back reappears when its visibility timeout ends. */
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
