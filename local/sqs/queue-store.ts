import * as z from 'zod';
import type { EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import type { QueueAttributes } from './queue-attributes.ts';

const rowSchema = z.object({
  id: z.number(),
  name: z.string(),
  attributes: z.string().transform((json) => z.record(z.string(), z.string()).parse(JSON.parse(json))),
  created_ms: z.number(),
  modified_ms: z.number(),
});

/**
 * The rows of the queues themselves. Queues are created and changed at start and by hand, so these writes are transactions of
 * their own and complete when a method returns. Only `delete` is part of a group commit, together with the queue's messages.
 */
export class QueueStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS sqs_queues (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        attributes TEXT NOT NULL,
        tags TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        modified_ms INTEGER NOT NULL
      ) STRICT`);
  }

  all(): { id: number; name: string; attributes: QueueAttributes; createdMs: EpochMs; modifiedMs: EpochMs }[] {
    const rows = this.#database.statement('SELECT * FROM sqs_queues').all();
    return rows.map((row) => {
      const { created_ms: createdMs, modified_ms: modifiedMs, ...rest } = rowSchema.parse(row);
      return { ...rest, createdMs, modifiedMs };
    });
  }

  /** @returns the new queue's id */
  insert(name: string, attributes: QueueAttributes, tags: Readonly<Record<string, string>>, nowMs: EpochMs): number {
    const { lastInsertRowid } = this.#database
      .statement('INSERT INTO sqs_queues (name, attributes, tags, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?)')
      .run(name, JSON.stringify(attributes), JSON.stringify(tags), nowMs, nowMs);
    return Number(lastInsertRowid);
  }

  /** @param tags left as they are when undefined */
  update(
    id: number,
    attributes: QueueAttributes,
    tags: Readonly<Record<string, string>> | undefined,
    nowMs: EpochMs,
  ): void {
    this.#database
      .statement('UPDATE sqs_queues SET attributes = ?, tags = coalesce(?, tags), modified_ms = ? WHERE id = ?')
      .run(JSON.stringify(attributes), tags ? JSON.stringify(tags) : null, nowMs, id);
  }

  tags(id: number): Record<string, string> {
    const row = this.#database.statement('SELECT tags FROM sqs_queues WHERE id = ?').get(id);
    return z.record(z.string(), z.string()).parse(JSON.parse(String(row?.tags ?? '{}')));
  }

  delete(id: number): void {
    this.#database.statement('DELETE FROM sqs_queues WHERE id = ?').run(id);
  }
}
