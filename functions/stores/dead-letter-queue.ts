import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeliveryJob } from '../../core/delivery.ts';
import type { DeliveryId } from '../../core/ids.ts';
import { allThrough } from '../shared/all-through.ts';
import { encodeMessage } from '../shared/delivery-message.ts';
import { jobOf, REASON, settledMessages } from './dead-letter-messages.ts';
import type { DeliveryReader } from './deliveries/delivery-reader.ts';

/** While a sweep looks for its messages, the others it has met stay out of its sight. */
const SWEEP_VISIBILITY_SECONDS = 30;
/**
 * Long polls of a second that may end with nothing before a sweep takes its messages for gone: another sweep, for a replay
 * at the same time, may just have them before it.
 */
const MAX_EMPTY_RECEIVES = 2;
/** As long as a sweep may take: what has moved on since is left to the sweep of its own, which would look for it in vain. */
const OWN_SWEEP_MS = 30_000;
/** 500 messages. A message further back stays until a later sweep meets it, and knows it by its delivery's row. */
const MAX_SWEEP_RECEIVES = 50;

/** The most messages of one call. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_RECEIVED = 10;
/** As many messages as a `BatchGetItem` reads rows for. */
const ROUND_RECEIVES = 10;
/**
 * What a clearing meets of deliveries that are still dead stays out of its sight for so long, and out of the queue's depth: in
 * that time it looks at some ten thousand others. It is not put back, or the next look would meet the same again.
 */
export const CLEARING_VISIBILITY_SECONDS = 120;

/**
 * The queue of the deliveries that have run out of retries. Its depth is what the alarm watches; the table is what the API
 * lists. Both are told of a dead letter, and a replay or a discard takes it out of both.
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
   * Takes the messages of these deliveries out of the queue. SQS can't address a message, so the queue is read until they
   * are found. What else is met on the way is put back, unless its delivery is no dead letter any more.
   * @param deliveries each with the time at which it was sent again or discarded, by `afterReplays`: by then it may be dead
   *   again, and has another message, which stays
   * @returns how many of the deliveries were found
   */
  async remove(deliveries: ReadonlyMap<DeliveryId, number>, nowMs: number): Promise<number> {
    const wanted = new Set(deliveries.keys());
    const passedOver: Message[] = [];
    let empty = 0;
    for (let receives = 0; wanted.size > 0 && receives < MAX_SWEEP_RECEIVES; receives++) {
      // Two sweeps that hold what the other looks for would both wait in vain: none waits while it holds something.
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

  /** How many messages there are, approximately; those that a sweep has before it are hidden. */
  async depth(): Promise<{ visible: number; hidden: number }> {
    const [visible, hidden] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: [visible, hidden] }),
    );
    return { visible: Number(Attributes?.[visible] ?? 0), hidden: Number(Attributes?.[hidden] ?? 0) };
  }

  /**
   * Takes out the messages of deliveries that have been sent again: for many of them, where looking for each would read the
   * queue as often. Some 21 calls for 100 messages.
   * @param maxMessages how many to look at, about
   * @param settledMs a time from which all that was dead then has said so in its row
   * @returns how many it has looked at: 0 when the queue shows no more
   */
  async clear(maxMessages: number, settledMs: number): Promise<number> {
    let seen = 0;
    while (seen < maxMessages) {
      const receives = Math.min(ROUND_RECEIVES, Math.ceil((maxMessages - seen) / MAX_RECEIVED));
      const batches = await allThrough(
        Array.from({ length: receives }, () => this.#receive(CLEARING_VISIBILITY_SECONDS)),
      );
      const messages = batches.flat();
      if (messages.length === 0) return seen;
      seen += messages.length;
      const done = [...(await settledMessages(messages, new Map(), this.#deliveries, { settledMs }))];
      const deletes = Array.from({ length: Math.ceil(done.length / MAX_RECEIVED) }, (_, index) =>
        this.#delete(done.slice(index * MAX_RECEIVED, (index + 1) * MAX_RECEIVED)),
      );
      await allThrough(deletes);
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
