import type { EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import type { RunningTime } from '../running-time.ts';
import type { MessageIndex } from './message-index.ts';
import type { MessageStore } from './message-store.ts';

/** A search for messages past their retention reads the whole index, so it is made at most this often. */
const SWEEP_INTERVAL_MS = 1000;

/**
 * Removes messages that outlived the retention of their queue from its index and from disk. Time in which nothing ran doesn't
 * count: nobody could receive them.
 */
export class Retention {
  readonly #queueName: string;
  readonly #index: MessageIndex;
  readonly #database: Database;
  readonly #store: MessageStore;
  readonly #runningTime: RunningTime;
  /** No message is older than this, as far as is known without a search. */
  #oldestSentMs = Number.POSITIVE_INFINITY;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(
    queueName: string,
    index: MessageIndex,
    context: { database: Database; store: MessageStore; runningTime: RunningTime },
  ) {
    this.#queueName = queueName;
    this.#index = index;
    this.#database = context.database;
    this.#store = context.store;
    this.#runningTime = context.runningTime;
  }

  /** To be told of every message that is added to the index. */
  noteSent(sentMs: EpochMs): void {
    this.#oldestSentMs = Math.min(this.#oldestSentMs, sentMs);
  }

  sweep(nowMs: EpochMs, retentionSeconds: number): void {
    const oldestKeptMs = this.#runningTime.beginOfLast(retentionSeconds * 1000);
    // The clock may have been ahead at the last search.
    if (this.#oldestSentMs > oldestKeptMs || Math.abs(nowMs - this.#sweptMs) < SWEEP_INTERVAL_MS) return;
    this.#sweptMs = nowMs;
    this.#oldestSentMs = Number.POSITIVE_INFINITY;
    const expired: number[] = [];
    for (const message of [...this.#index.all()]) {
      if (message.sentMs > oldestKeptMs) {
        this.noteSent(message.sentMs);
      } else {
        this.#index.remove(message);
        expired.push(message.seq);
      }
    }
    if (expired.length > 0) this.#delete(expired);
  }

  /** Nobody waits for this deletion: the main case is a queue from which nobody receives, such as a dead-letter queue. */
  #delete(seqs: readonly number[]): void {
    this.#database
      .write(() => {
        for (const seq of seqs) this.#store.delete(seq);
      })
      .catch((error: unknown) => {
        process.stderr.write(
          `hawser: local SQS could not delete expired messages of ${this.#queueName}, and will at the next start: ${String(error)}\n`,
        );
      });
  }
}
