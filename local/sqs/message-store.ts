import type { EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import type { MessageAttributes } from './message-attributes.ts';

/** A complete stored message. */
export interface StoredMessage {
  readonly seq: number;
  readonly messageId: string;
  readonly groupId: string | undefined;
  readonly sentMs: EpochMs;
  readonly visibleAtMs: EpochMs;
  readonly body: string;
  readonly md5OfBody: string;
  readonly messageAttributes: MessageAttributes;
  readonly traceHeader: string | undefined;
  /** ARN of the queue from which its redrive policy moved this message. */
  readonly deadLetterSourceArn: string | undefined;
}

/** What the index needs of a message at start. */
export interface MessageHead {
  readonly queueId: number;
  readonly seq: number;
  readonly messageId: string;
  readonly groupId: string | undefined;
  readonly sentMs: EpochMs;
  readonly visibleAtMs: EpochMs;
  readonly receiveCount: number;
  readonly firstReceivedMs: EpochMs | undefined;
}

/**
 * The rows of all queues' messages. Receive counts have a table of their own, so that a receive rewrites a few bytes instead of
 * the message with its body. Every method that changes rows is called inside `Database.write`.
 */
export class MessageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS sqs_messages (
        seq INTEGER PRIMARY KEY,
        queue_id INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        group_id TEXT,
        sent_ms INTEGER NOT NULL,
        visible_at_ms INTEGER NOT NULL,
        md5_of_body TEXT NOT NULL,
        message_attributes TEXT,
        trace_header TEXT,
        dead_letter_source_arn TEXT,
        body TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS sqs_receives (
        seq INTEGER PRIMARY KEY,
        receive_count INTEGER NOT NULL,
        first_received_ms INTEGER NOT NULL
      ) STRICT;`);
  }

  /** The first sequence number that no stored message has. */
  nextSeq(): number {
    return numberOf(this.#database.statement('SELECT coalesce(max(seq), 0) + 1 AS next FROM sqs_messages').get()?.next);
  }

  /** All messages of all queues, oldest first. */
  *heads(): Generator<MessageHead> {
    const rows = this.#database
      .statement(
        `SELECT queue_id, m.seq, message_id, group_id, sent_ms, visible_at_ms, receive_count, first_received_ms
         FROM sqs_messages m LEFT JOIN sqs_receives r ON r.seq = m.seq ORDER BY m.seq`,
      )
      .iterate();
    for (const row of rows) {
      yield {
        queueId: numberOf(row.queue_id),
        seq: numberOf(row.seq),
        messageId: String(row.message_id),
        groupId: textOf(row.group_id),
        sentMs: numberOf(row.sent_ms),
        visibleAtMs: numberOf(row.visible_at_ms),
        receiveCount: row.receive_count === null ? 0 : numberOf(row.receive_count),
        firstReceivedMs: row.first_received_ms === null ? undefined : numberOf(row.first_received_ms),
      };
    }
  }

  read(seq: number): StoredMessage {
    const row = this.#database.statement('SELECT * FROM sqs_messages WHERE seq = ?').get(seq);
    if (!row) throw new Error(`the message ${seq} is indexed but not stored`);
    const attributes = textOf(row.message_attributes);
    return {
      seq,
      messageId: String(row.message_id),
      groupId: textOf(row.group_id),
      sentMs: numberOf(row.sent_ms),
      visibleAtMs: numberOf(row.visible_at_ms),
      body: String(row.body),
      md5OfBody: String(row.md5_of_body),
      messageAttributes: attributes === undefined ? {} : JSON.parse(attributes),
      traceHeader: textOf(row.trace_header),
      deadLetterSourceArn: textOf(row.dead_letter_source_arn),
    };
  }

  insert(queueId: number, message: StoredMessage): void {
    const attributes = Object.keys(message.messageAttributes).length > 0 ? message.messageAttributes : undefined;
    this.#database
      .statement(
        `INSERT INTO sqs_messages (seq, queue_id, message_id, group_id, sent_ms, visible_at_ms, md5_of_body,
           message_attributes, trace_header, dead_letter_source_arn, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        message.seq,
        queueId,
        message.messageId,
        message.groupId ?? null,
        message.sentMs,
        message.visibleAtMs,
        message.md5OfBody,
        attributes ? JSON.stringify(attributes) : null,
        message.traceHeader ?? null,
        message.deadLetterSourceArn ?? null,
        message.body,
      );
  }

  recordReceive(seq: number, receiveCount: number, firstReceivedMs: EpochMs): void {
    this.#database
      .statement('INSERT OR REPLACE INTO sqs_receives (seq, receive_count, first_received_ms) VALUES (?, ?, ?)')
      .run(seq, receiveCount, firstReceivedMs);
  }

  /** Moves a message to its dead-letter queue; `false` if it was deleted meanwhile. */
  move(seq: number, queueId: number, sourceArn: string): boolean {
    const { changes } = this.#database
      .statement('UPDATE sqs_messages SET queue_id = ?, dead_letter_source_arn = ? WHERE seq = ?')
      .run(queueId, sourceArn, seq);
    return changes > 0;
  }

  delete(seq: number): void {
    this.#database.statement('DELETE FROM sqs_messages WHERE seq = ?').run(seq);
    this.#database.statement('DELETE FROM sqs_receives WHERE seq = ?').run(seq);
  }

  /** Runs at start, before the index is filled. Deletes rows without a queue; a deletion just before a crash can leave some. */
  deleteOrphans(): void {
    this.#database.statement('DELETE FROM sqs_messages WHERE queue_id NOT IN (SELECT id FROM sqs_queues)').run();
    this.#database.statement('DELETE FROM sqs_receives WHERE seq NOT IN (SELECT seq FROM sqs_messages)').run();
  }

  deleteAll(queueId: number): void {
    this.#database
      .statement('DELETE FROM sqs_receives WHERE seq IN (SELECT seq FROM sqs_messages WHERE queue_id = ?)')
      .run(queueId);
    this.#database.statement('DELETE FROM sqs_messages WHERE queue_id = ?').run(queueId);
  }
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`a number was expected in the database, found ${typeof value}`);
  return value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
