import { createHash, randomUUID } from 'node:crypto';
import type { Clock, EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import { AwsError } from '../wire/aws-error.ts';
import { invalidValue, queueDoesNotExist } from './errors.ts';
import { MAX_IN_FLIGHT, MAX_VISIBILITY_SECONDS, PURGE_INTERVAL_SECONDS } from './limits.ts';
import { md5OfMessageAttributes } from './message-attributes.ts';
import { type IndexedMessage, MessageIndex } from './message-index.ts';
import type { MessageHead, MessageStore, StoredMessage } from './message-store.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { type QueueAttributes, type QueueSettings, settingsOf } from './queue-attributes.ts';
import { decodeReceiptHandle } from './receipt-handle.ts';
import { type ReceivedMessage, receivedMessage } from './received-message.ts';
import { Retention } from './retention.ts';
import { WaitingLine } from './waiting-line.ts';

export interface SentMessage {
  readonly messageId: string;
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes: string | undefined;
}

export interface ReceiveOptions {
  readonly maxMessages: number;
  /** 0 answers at once; more waits that long for a first message. */
  readonly waitTimeMs: number;
  /** The queue's own visibility timeout when left out. */
  readonly visibilityTimeoutSeconds?: number | undefined;
  /** Ends the wait; the receive then answers no message. */
  readonly signal?: AbortSignal | undefined;
  /** Only messages of one group, so that a slow one does not hold up what came with it. */
  readonly oneGroup?: boolean | undefined;
  /** Nothing of groups that hold more than this share (0–1) of all messages in flight. */
  readonly maxGroupShare?: number | undefined;
}

/** What a queue needs of its service. */
export interface QueueContext {
  readonly database: Database;
  readonly store: MessageStore;
  readonly clock: Clock;
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
 * Durable are the messages, their delays and their receive counts, each written before the call that makes it answers.
 * What is in flight is known only in memory: after a restart those messages are visible at once, which at-least-once
 * delivery allows, and their counts go on, so a message that always fails still reaches the dead-letter queue.
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
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  /** The attributes that can be set, without counts and timestamps. */
  get ownAttributes(): QueueAttributes {
    return this.#attributes;
  }

  replaceAttributes(attributes: QueueAttributes, modifiedMs: EpochMs): void {
    this.#attributes = attributes;
    this.#settings = settingsOf(attributes);
    this.#modifiedMs = modifiedMs;
  }

  /** Everything that GetQueueAttributes can answer. */
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

  /** Takes a stored message into the index: when it was sent, at start, or moved here by a redrive policy. */
  adopt(message: Omit<MessageHead, 'queueId'>): void {
    this.#index.add({ ...message, state: 'gone', receivedMs: 0, heapIndex: -1 }, this.#context.clock.nowMs());
    this.#retention.noteSent(message.sentMs);
    this.#line.changed();
  }

  /** Brings the queue to the present: visibility and delays that ran out, then retention. */
  settle(): void {
    const nowMs = this.#context.clock.nowMs();
    this.#index.settle(nowMs);
    this.#retention.sweep(nowMs, this.#settings.retentionSeconds);
  }

  /** Stores messages that were validated, all in one write, and answers once they would survive a crash. */
  async send(messages: readonly OutgoingMessage[]): Promise<SentMessage[]> {
    const { database, store } = this.#context;
    const rows = messages.map((message) => this.#rowOf(message));
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

  /** Hands out up to `maxMessages`, waiting for the first one if it may. @throws OverLimit when too much is in flight. */
  async receive(options: ReceiveOptions): Promise<ReceivedMessage[]> {
    const untilMs = this.#context.clock.nowMs() + options.waitTimeMs;
    for (;;) {
      if (this.#isDeleted) throw queueDoesNotExist();
      const { messages, movedAny } = await this.#receiveNow(options);
      if (messages.length > 0) return messages;
      const remainingMs = untilMs - this.#context.clock.nowMs();
      if (remainingMs <= 0 || options.signal?.aborted) {
        if (this.#index.isFull && options.waitTimeMs === 0) throw tooManyInFlight();
        return [];
      }
      if (!movedAny) await this.#line.wait(remainingMs, options.signal, options.maxGroupShare);
    }
  }

  /**
   * Deletes the messages that the receipt handles stand for. A handle of an earlier receive than the last, or of a
   * message that is gone, is accepted and does nothing, as the real service documents.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
   */
  async delete(receiptHandles: readonly string[]): Promise<void> {
    const messages = receiptHandles.map((handle) => this.#held(handle)).filter((message) => message !== undefined);
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
      this.#line.changed();
    }
  }

  /**
   * Holds a message in flight for `seconds` from now; 0 makes it visible at once.
   * @returns `false` when the message is gone or was received again since.
   * @throws InvalidParameterValueException when it would be held over 12 hours in all.
   */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const message = this.#held(receiptHandle);
    if (!message) return false;
    // A message whose timeout has run out and that nobody received since: accepted without effect, as recorded from AWS.
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
    this.#line.changed();
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
    await this.#context.database.write(() => this.#context.store.deleteAll(this.identity.id));
    this.#index.clear();
  }

  /** Ends every wait: the queue has been deleted. */
  close(): void {
    this.#isDeleted = true;
    this.#line.dismiss();
  }

  /** Claims what can be received now, in memory first, so that no other receive takes it, then durably. */
  async #receiveNow(options: ReceiveOptions): Promise<{ messages: ReceivedMessage[]; movedAny: boolean }> {
    const { database, store, clock } = this.#context;
    const nowMs = clock.nowMs();
    this.settle();
    const deadLetterQueue = this.#deadLetterQueue();
    const { claimed, exhausted } = this.#claim(options, nowMs, deadLetterQueue !== undefined);
    const messages = claimed.map((message) => receivedMessage(this.identity.name, message, store.read(message.seq)));
    if (claimed.length + exhausted.length === 0) return { messages, movedAny: false };
    this.#line.changed();
    let moved: IndexedMessage[] = [];
    try {
      await database.write(() => {
        for (const { seq, receiveCount, firstReceivedMs } of claimed) {
          store.recordReceive(seq, receiveCount, firstReceivedMs ?? nowMs);
        }
        moved = exhausted.filter(
          ({ seq }) => deadLetterQueue && store.move(seq, deadLetterQueue.identity.id, this.identity.arn),
        );
      });
    } catch (error) {
      for (const message of claimed) this.#index.unclaim(message);
      for (const message of exhausted) this.adopt(message);
      throw error;
    }
    for (const message of moved) deadLetterQueue?.adopt(message);
    return { messages, movedAny: true };
  }

  #claim(options: ReceiveOptions, nowMs: EpochMs, redrives: boolean) {
    const visibilitySeconds = options.visibilityTimeoutSeconds ?? this.#settings.visibilitySeconds;
    const maxReceiveCount = redrives ? (this.#settings.redrivePolicy?.maxReceiveCount ?? 0) : Number.POSITIVE_INFINITY;
    const claimed: IndexedMessage[] = [];
    const exhausted: IndexedMessage[] = [];
    const following = () => {
      const [first] = claimed;
      return first && options.oneGroup ? this.#index.nextOf(first.groupId) : this.#index.next(options.maxGroupShare);
    };
    for (let next = following(); next; next = following()) {
      if (next.receiveCount >= maxReceiveCount) {
        this.#index.remove(next);
        exhausted.push(next);
        continue;
      }
      if (claimed.length === options.maxMessages) break;
      this.#index.claim(next, nowMs, nowMs + visibilitySeconds * 1000);
      claimed.push(next);
    }
    return { claimed, exhausted };
  }

  #deadLetterQueue(): Queue | undefined {
    const policy = this.#settings.redrivePolicy;
    return policy && this.#context.queueByArn(policy.deadLetterTargetArn);
  }

  /** The message of a receipt handle, unless it is gone or was received again since. */
  #held(receiptHandle: string): IndexedMessage | undefined {
    const receipt = decodeReceiptHandle(receiptHandle, this.identity.name);
    this.settle();
    const message = this.#index.get(receipt.seq);
    const isSame = message?.messageId === receipt.messageId && message.receiveCount === receipt.receiveCount;
    return isSame ? message : undefined;
  }

  #rowOf(message: OutgoingMessage): StoredMessage {
    const nowMs = this.#context.clock.nowMs();
    return {
      seq: this.#context.nextSeq(),
      messageId: randomUUID(),
      groupId: message.messageGroupId,
      sentMs: nowMs,
      visibleAtMs: nowMs + (message.delaySeconds ?? this.#settings.delaySeconds) * 1000,
      body: message.body,
      md5OfBody: createHash('md5').update(message.body).digest('hex'),
      messageAttributes: message.messageAttributes ?? {},
      traceHeader: message.traceHeader,
      deadLetterSourceArn: undefined,
    };
  }
}

/** What the index keeps of a row: above all not the body, or the backlog would fill the memory. */
function headOf({ seq, messageId, groupId, sentMs, visibleAtMs }: StoredMessage) {
  return { seq, messageId, groupId, sentMs, visibleAtMs };
}

function tooManyInFlight(): AwsError {
  return new AwsError('OverLimit', `Too many messages in flight: the limit of a standard queue is ${MAX_IN_FLIGHT}.`);
}
