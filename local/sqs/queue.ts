import type { Clock, EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import type { RunningTime } from '../running-time.ts';
import { AwsError } from '../wire/aws-error.ts';
import { invalidValue } from './errors.ts';
import { MAX_VISIBILITY_SECONDS, PURGE_INTERVAL_SECONDS } from './limits.ts';
import { md5OfMessageAttributes } from './message-attributes.ts';
import { type IndexedMessage, MessageIndex } from './message-index.ts';
import { headOf, rowOf } from './message-row.ts';
import type { MessageHead, MessageStore } from './message-store.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { type QueueAttributes, type QueueSettings, settingsOf } from './queue-attributes.ts';
import { decodeReceiptHandle } from './receipt-handle.ts';
import type { ReceivedMessage } from './received-message.ts';
import { type ReceiveOptions, Receiving } from './receiving.ts';
import { Retention } from './retention.ts';
import { WaitingLine } from './waiting-line.ts';

/** How many messages one commit purges, so that a purge never blocks requests for long. */
const PURGE_BATCH = 200;

export interface SentMessage {
  readonly messageId: string;
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes: string | undefined;
}

/** What a queue needs from its service. */
export interface QueueContext {
  readonly database: Database;
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly runningTime: RunningTime;
  nextSeq(): number;
  queueByArn(arn: string): Queue | undefined;
}

export interface QueueIdentity {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  readonly createdMs: EpochMs;
}

/**
 * One standard queue.
 *
 * The messages, their delays and their receive counts are durable. Each change is written before its call returns. Which messages
 * are in flight is only known in memory. After a restart those messages are visible at once, which at-least-once delivery allows.
 * Their counts continue, so a message that always fails still reaches the dead-letter queue.
 */
export class Queue {
  readonly identity: QueueIdentity;
  #attributes: QueueAttributes;
  #settings: QueueSettings;
  #modifiedMs: EpochMs;
  #isDeleted = false;
  #purgedMs = Number.NEGATIVE_INFINITY;
  readonly #index = new MessageIndex();
  readonly #retention: Retention;
  readonly #line: WaitingLine;
  readonly #receiving: Receiving;
  readonly #context: QueueContext;

  constructor(context: QueueContext, identity: QueueIdentity, attributes: QueueAttributes, modifiedMs: EpochMs) {
    this.#context = context;
    this.identity = identity;
    this.#attributes = attributes;
    this.#settings = settingsOf(attributes);
    this.#modifiedMs = modifiedMs;
    this.#retention = new Retention(identity.name, this.#index, context);
    this.#line = new WaitingLine(context.clock, {
      isReady: (maxGroupShare) => {
        this.settle();
        return this.#index.next(maxGroupShare) !== undefined;
      },
      nextVisibleMs: () => this.#index.nextVisibleMs,
    });
    this.#receiving = new Receiving(this, this.#index, this.#line, context);
  }

  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  /** The attributes that can be set; counts and timestamps are not among them. */
  get ownAttributes(): QueueAttributes {
    return this.#attributes;
  }

  replaceAttributes(attributes: QueueAttributes, modifiedMs: EpochMs): void {
    this.#attributes = attributes;
    this.#settings = settingsOf(attributes);
    this.#modifiedMs = modifiedMs;
  }

  /** Everything that GetQueueAttributes can return. */
  attributes(): Record<string, string> {
    this.settle();
    const { ready, delayed, inFlight } = this.#index.counts;
    return {
      ...this.#attributes,
      QueueArn: this.identity.arn,
      ApproximateNumberOfMessages: String(ready),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(this.identity.createdMs / 1000)),
      LastModifiedTimestamp: String(Math.floor(this.#modifiedMs / 1000)),
    };
  }

  /** Adds a stored message to the index: one that was just sent, was found at start, or was moved here by a redrive policy. */
  adopt(message: Omit<MessageHead, 'queueId'>): void {
    this.#index.add({ ...message, state: 'gone', receivedMs: 0, heapIndex: -1 }, this.#context.clock.nowMs());
    this.#retention.recordSent(message.sentMs);
    this.#line.notify();
  }

  /** Brings the queue up to date: first visibility timeouts and delays that are over, then retention. */
  settle(): void {
    const nowMs = this.#context.clock.nowMs();
    this.#index.settle(nowMs);
    this.#retention.sweep(nowMs, this.#settings.retentionSeconds);
  }

  /** Stores validated messages in one write, and resolves once they would survive a crash. */
  async send(messages: readonly OutgoingMessage[]): Promise<SentMessage[]> {
    const { database, store, clock } = this.#context;
    const nowMs = clock.nowMs();
    const rows = messages.map((message) => rowOf(message, this.#context.nextSeq(), nowMs, this.#settings.delaySeconds));
    await database.write(() => {
      for (const row of rows) store.insert(this.identity.id, row);
    });
    for (const row of rows) this.adopt({ ...headOf(row), receiveCount: 0, firstReceivedMs: undefined });
    return rows.map(({ messageId, md5OfBody, messageAttributes }) => ({
      messageId,
      md5OfBody,
      md5OfMessageAttributes: md5OfMessageAttributes(messageAttributes),
    }));
  }

  /**
   * Hands out up to `maxMessages`, waiting for the first one if allowed. @throws OverLimit if too many messages are in flight.
   */
  receive(options: ReceiveOptions): Promise<ReceivedMessage[]> {
    return this.#receiving.receive(options);
  }

  /**
   * Deletes the messages that the receipt handles stand for. A handle from an earlier receive than the last, or of a message that
   * is gone, is accepted and does nothing, as the real service documents.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
   */
  async delete(receiptHandles: readonly string[]): Promise<void> {
    const messages = receiptHandles
      .map((handle) => this.#findByHandle(handle))
      .filter((message) => message !== undefined);
    if (messages.length === 0) return;
    for (const message of messages) this.#index.remove(message);
    try {
      await this.#context.database.write(() => {
        for (const message of messages) this.#context.store.delete(message.seq);
      });
    } catch (error) {
      for (const message of messages) this.adopt(message);
      throw error;
    } finally {
      this.#line.notify();
    }
  }

  /**
   * Keeps a message in flight for `seconds` from now; 0 makes it visible at once.
   * @returns `false` if the message is gone or has been received again since.
   * @throws InvalidParameterValueException if it would be in flight for more than 12 hours in all.
   */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const message = this.#findByHandle(receiptHandle);
    if (!message) return false;
    // The timeout has run out, and nobody has received the message since. Accepted without effect, as recorded from AWS.
    if (message.state !== 'in flight') return true;
    const visibleAtMs = this.#context.clock.nowMs() + seconds * 1000;
    if (visibleAtMs > message.receivedMs + MAX_VISIBILITY_SECONDS * 1000) {
      throw invalidValue(
        seconds,
        'VisibilityTimeout',
        `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds]`,
      );
    }
    this.#index.setVisibleAt(message, visibleAtMs);
    this.#line.notify();
    return true;
  }

  /** @throws PurgeQueueInProgress within 60 seconds of the last purge */
  async purge(): Promise<void> {
    const nowMs = this.#context.clock.nowMs();
    if (nowMs - this.#purgedMs < PURGE_INTERVAL_SECONDS * 1000) {
      throw new AwsError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${this.identity.name} is allowed every ${PURGE_INTERVAL_SECONDS} seconds.`,
        403,
      );
    }
    this.#purgedMs = nowMs;
    const messages = [...this.#index.all()];
    for (let start = 0; start < messages.length; start += PURGE_BATCH) {
      await this.#purge(messages.slice(start, start + PURGE_BATCH));
    }
  }

  async #purge(messages: readonly IndexedMessage[]): Promise<void> {
    const { database, store } = this.#context;
    await database.write(() => {
      // A message that moved to the dead-letter queue meanwhile is no longer in this queue.
      for (const { state, seq } of messages) if (state !== 'gone') store.delete(seq);
    });
    for (const message of messages) this.#index.remove(message);
  }

  /** Ends every wait, because the queue has been deleted. */
  close(): void {
    this.#isDeleted = true;
    this.#line.wakeAll();
  }

  /** The message of a receipt handle, unless it is gone or has been received again since. */
  #findByHandle(receiptHandle: string): IndexedMessage | undefined {
    const receipt = decodeReceiptHandle(receiptHandle, this.identity.name);
    this.settle();
    const message = this.#index.get(receipt.seq);
    const isSame = message?.messageId === receipt.messageId && message.receiveCount === receipt.receiveCount;
    return isSame ? message : undefined;
  }
}
