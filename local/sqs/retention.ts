import type { EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import type { MessageIndex } from './message-index.ts';
import type { MessageStore } from './message-store.ts';

/** Messages past their retention are looked for at most this often, since each search reads the whole index. */
const SWEEP_INTERVAL_MS = 1000;

/** Takes messages that outlived the retention of their queue out of its index and off the disk. */
export class Retention {
  readonly #queueName: string;
  readonly #index: MessageIndex;
  readonly #database: Database;
  readonly #store: MessageStore;
  /** No message is older than this, as far as is known without a search. */
  #oldestSentMs = Number.POSITIVE_INFINITY;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(queueName: string, index: MessageIndex, context: { database: Database; store: MessageStore }) {
    this.#queueName = queueName;
    this.#index = index;
    this.#database = context.database;
    this.#store = context.store;
  }

  /** To be told of every message that comes into the index. */
  noteSent(sentMs: EpochMs): void {
    this.#oldestSentMs = Math.min(this.#oldestSentMs, sentMs);
  }

  sweep(nowMs: EpochMs, retentionSeconds: number): void {
    const oldestKeptMs = nowMs - retentionSeconds * 1000;
    if (this.#oldestSentMs > oldestKeptMs || nowMs - this.#sweptMs < SWEEP_INTERVAL_MS) return;
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

  /** Nobody waits for it: a queue that nobody receives from, such as a dead-letter queue, is what it is for. */
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
