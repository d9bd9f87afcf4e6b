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
import { decodeDelivery, encodeMessage } from '../shared/delivery-message.ts';
import type { DeliveryReader } from './deliveries/delivery-reader.ts';

/** While a sweep looks for its messages, the others it has met stay out of its sight. */
const SWEEP_VISIBILITY_SECONDS = 30;
/**
 * Long polls of a second that may end with nothing before a sweep takes its messages for gone: another sweep, for a replay
 * at the same time, may just have them before it.
 */
const MAX_EMPTY_RECEIVES = 3;
/** 500 messages. A message further back stays until a later sweep meets it, and knows it by its delivery's row. */
const MAX_SWEEP_RECEIVES = 50;

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
        MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
      }),
    );
  }

  /**
   * Takes the messages of these deliveries out of the queue. SQS can't address a message, so the queue is read until they
   * are found. What else is met on the way is put back, unless its delivery is no dead letter any more.
   * @returns how many of the deliveries were found
   */
  async remove(deliveries: ReadonlySet<DeliveryId>): Promise<number> {
    const wanted = new Set<DeliveryId>(deliveries);
    const passedOver: Message[] = [];
    let empty = 0;
    for (let receives = 0; wanted.size > 0 && receives < MAX_SWEEP_RECEIVES; receives++) {
      const messages = await this.#receive();
      if (messages.length === 0 && ++empty === MAX_EMPTY_RECEIVES) break;
      const done = await this.#done(messages, deliveries);
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

  /** The messages that belong here no longer: those asked for, and those whose delivery has moved on. */
  async #done(messages: readonly Message[], deliveries: ReadonlySet<DeliveryId>): Promise<Set<Message>> {
    const jobs = messages.map((message) => ({ message, job: jobOf(message) }));
    const others = jobs.flatMap(({ job }) => (job && !deliveries.has(job.deliveryId) ? [job] : []));
    const rows = await this.#deliveries.getMany(others);
    const done = jobs.filter(({ job }) => {
      if (!job) return false;
      if (deliveries.has(job.deliveryId)) return true;
      const row = rows.get(job.deliveryId);
      return row !== undefined && row.status !== 'dead' && job.attempt <= row.attemptCount;
    });
    return new Set(done.map(({ message }) => message));
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

/** `undefined` for what is no delivery: the redrive policy brings here whatever stood in the delivery queue. */
function jobOf({ Body = '' }: Message): DeliveryJob | undefined {
  try {
    return decodeDelivery(Body).job;
  } catch {
    return undefined;
  }
}
