import type { EpochMs } from '../clock.ts';
import { AwsError } from '../wire/aws-error.ts';
import { queueDoesNotExist } from './errors.ts';
import { MAX_IN_FLIGHT } from './limits.ts';
import type { IndexedMessage, MessageIndex } from './message-index.ts';
import type { Queue, QueueContext } from './queue.ts';
import { type ReceivedMessage, receivedMessage } from './received-message.ts';
import type { WaitingLine } from './waiting-line.ts';

export interface ReceiveOptions {
  readonly maxMessages: number;
  /** With 0 the receive answers at once. Otherwise it waits this long for a first message. */
  readonly waitTimeMs: number;
  /** If left out, the queue's own visibility timeout applies. */
  readonly visibilityTimeoutSeconds?: number | undefined;
  /** Ends the wait. The receive then returns no messages. */
  readonly signal?: AbortSignal | undefined;
  /** Only messages of one group, so that a slow message doesn't hold up those of other groups. */
  readonly oneGroup?: boolean | undefined;
  /** No messages of groups that hold more than this share (0–1) of all messages in flight. */
  readonly maxGroupShare?: number | undefined;
}

/**
 * The receives of a queue. Each takes what can be received, or waits for it. Messages that were received too often go to the
 * dead-letter queue.
 */
export class Receiving {
  readonly #queue: Queue;
  readonly #index: MessageIndex;
  readonly #line: WaitingLine;
  readonly #context: QueueContext;

  constructor(queue: Queue, index: MessageIndex, line: WaitingLine, context: QueueContext) {
    this.#queue = queue;
    this.#index = index;
    this.#line = line;
    this.#context = context;
  }

  /**
   * Hands out up to `maxMessages`, waiting for the first one if allowed. @throws OverLimit if too many messages are in flight.
   */
  async receive(options: ReceiveOptions): Promise<ReceivedMessage[]> {
    const beganMs = this.#context.clock.elapsedMs();
    for (;;) {
      if (this.#queue.isDeleted) throw queueDoesNotExist();
      if (options.signal?.aborted) return [];
      const { messages, movedAny } = await this.#receiveNow(options);
      if (messages.length > 0) return messages;
      const remainingMs = options.waitTimeMs - (this.#context.clock.elapsedMs() - beganMs);
      if (remainingMs <= 0 || options.signal?.aborted) {
        if (this.#index.isFull && options.waitTimeMs === 0) throw tooManyInFlight();
        return [];
      }
      if (!movedAny) await this.#line.wait(remainingMs, options.signal, options.maxGroupShare);
    }
  }

  /** Claims what can be received now: first in memory, so that no other receive takes it, then durably. */
  async #receiveNow(options: ReceiveOptions): Promise<{ messages: ReceivedMessage[]; movedAny: boolean }> {
    const { database, store, clock } = this.#context;
    const nowMs = clock.nowMs();
    this.#queue.settle();
    const deadLetterQueue = this.#deadLetterQueue();
    const { claimed, exhausted } = this.#claim(options, nowMs, deadLetterQueue !== undefined);
    const messages = claimed.map((message) =>
      receivedMessage(this.#queue.identity.name, message, store.read(message.seq)),
    );
    if (claimed.length + exhausted.length === 0) return { messages, movedAny: false };
    this.#line.changed();
    let moved: IndexedMessage[] = [];
    try {
      await database.write(() => {
        for (const { seq, receiveCount, firstReceivedMs } of claimed) {
          store.recordReceive(seq, receiveCount, firstReceivedMs ?? nowMs);
        }
        moved = exhausted.filter(
          ({ seq }) => deadLetterQueue && store.move(seq, deadLetterQueue.identity.id, this.#queue.identity.arn),
        );
      });
    } catch (error) {
      for (const message of claimed) this.#index.unclaim(message);
      for (const message of exhausted) this.#queue.adopt(message);
      throw error;
    }
    for (const message of moved) deadLetterQueue?.adopt(message);
    return { messages, movedAny: true };
  }

  #claim(options: ReceiveOptions, nowMs: EpochMs, redrives: boolean) {
    const visibilitySeconds = options.visibilityTimeoutSeconds ?? this.#queue.settings.visibilitySeconds;
    const maxReceiveCount = redrives
      ? (this.#queue.settings.redrivePolicy?.maxReceiveCount ?? 0)
      : Number.POSITIVE_INFINITY;
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
    const policy = this.#queue.settings.redrivePolicy;
    return policy && this.#context.queueByArn(policy.deadLetterTargetArn);
  }
}

function tooManyInFlight(): AwsError {
  return new AwsError('OverLimit', `Too many messages in flight: the limit of a standard queue is ${MAX_IN_FLIGHT}.`);
}
