import * as z from 'zod';
import type { EpochMs } from '../clock.ts';
import type { Database } from '../database.ts';
import { definitionSchema, type Schedule } from './schedule.ts';

export interface ScheduleGroup {
  readonly name: string;
  readonly createdMs: EpochMs;
}

const rowSchema = z
  .object({
    revision: z.number(),
    group_name: z.string(),
    name: z.string(),
    definition: z.string(),
    client_token: z.string().nullable(),
    created_ms: z.number(),
    modified_ms: z.number(),
    due_ms: z.number().nullable(),
    occurrence_ms: z.number().nullable(),
    failed_attempts: z.number(),
    first_attempt_ms: z.number().nullable(),
  })
  .transform(
    (row): Schedule => ({
      revision: row.revision,
      groupName: row.group_name,
      name: row.name,
      definition: definitionSchema.parse(JSON.parse(row.definition)),
      clientToken: row.client_token ?? undefined,
      createdMs: row.created_ms,
      modifiedMs: row.modified_ms,
      dueMs: row.due_ms ?? undefined,
      occurrenceMs: row.occurrence_ms ?? undefined,
      failedAttempts: row.failed_attempts,
      firstAttemptMs: row.first_attempt_ms ?? undefined,
    }),
  );

/** The rows of schedules and groups. Methods that change schedules are called inside `Database.write`. */
export class ScheduleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS scheduler_groups (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS scheduler_schedules (
        revision INTEGER PRIMARY KEY AUTOINCREMENT,
        group_name TEXT NOT NULL,
        name TEXT NOT NULL,
        definition TEXT NOT NULL,
        client_token TEXT,
        created_ms INTEGER NOT NULL,
        modified_ms INTEGER NOT NULL,
        due_ms INTEGER,
        occurrence_ms INTEGER,
        failed_attempts INTEGER NOT NULL,
        first_attempt_ms INTEGER,
        UNIQUE (group_name, name)
      ) STRICT;
      CREATE INDEX IF NOT EXISTS scheduler_due ON scheduler_schedules (due_ms) WHERE due_ms IS NOT NULL;`);
  }

  /** Groups are created at start and by hand, so this is a transaction of its own. */
  addGroup(group: ScheduleGroup): void {
    this.#database
      .statement('INSERT INTO scheduler_groups (name, created_ms) VALUES (?, ?)')
      .run(group.name, group.createdMs);
  }

  group(name: string): ScheduleGroup | undefined {
    const row = this.#database.statement('SELECT * FROM scheduler_groups WHERE name = ?').get(name);
    return row && { name: String(row.name), createdMs: Number(row.created_ms) };
  }

  groups(): ScheduleGroup[] {
    const rows = this.#database.statement('SELECT * FROM scheduler_groups ORDER BY name').all();
    return rows.map((row) => ({ name: String(row.name), createdMs: Number(row.created_ms) }));
  }

  find(groupName: string, name: string): Schedule | undefined {
    const row = this.#database
      .statement('SELECT * FROM scheduler_schedules WHERE group_name = ? AND name = ?')
      .get(groupName, name);
    return row && rowSchema.parse(row);
  }

  /** A page, ordered by group and name, that begins after a given schedule. */
  list(groupName: string | undefined, after: readonly [groupName: string, name: string], limit: number): Schedule[] {
    return this.#database
      .statement(
        `SELECT * FROM scheduler_schedules WHERE (? IS NULL OR group_name = ?) AND (group_name, name) > (?, ?)
         ORDER BY group_name, name LIMIT ?`,
      )
      .all(groupName ?? null, groupName ?? null, ...after, limit)
      .map((row) => rowSchema.parse(row));
  }

  /** Stores a new schedule, or a new version in place of the old one. */
  put(schedule: Omit<Schedule, 'revision'>): void {
    this.#database
      .statement(
        `INSERT OR REPLACE INTO scheduler_schedules (group_name, name, definition, client_token, created_ms, modified_ms,
           due_ms, occurrence_ms, failed_attempts, first_attempt_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        schedule.groupName,
        schedule.name,
        JSON.stringify(schedule.definition),
        schedule.clientToken ?? null,
        schedule.createdMs,
        schedule.modifiedMs,
        schedule.dueMs ?? null,
        schedule.occurrenceMs ?? null,
        schedule.failedAttempts,
        schedule.firstAttemptMs ?? null,
      );
  }

  /** Records how an invocation ended. Does nothing if the schedule was changed or deleted meanwhile. */
  updateState(
    revision: number,
    state: Pick<Schedule, 'dueMs' | 'occurrenceMs' | 'failedAttempts' | 'firstAttemptMs'>,
  ): void {
    this.#database
      .statement(
        `UPDATE scheduler_schedules SET due_ms = ?, occurrence_ms = ?, failed_attempts = ?, first_attempt_ms = ?
         WHERE revision = ?`,
      )
      .run(
        state.dueMs ?? null,
        state.occurrenceMs ?? null,
        state.failedAttempts,
        state.firstAttemptMs ?? null,
        revision,
      );
  }

  delete(revision: number): void {
    this.#database.statement('DELETE FROM scheduler_schedules WHERE revision = ?').run(revision);
  }

  /** When the earliest schedule is due. */
  nextDueMs(): EpochMs | undefined {
    const row = this.#database
      .statement('SELECT due_ms FROM scheduler_schedules WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1')
      .get();
    return row && Number(row.due_ms);
  }

  /** The schedules that are due, the earliest first. */
  due(nowMs: EpochMs, limit: number): Schedule[] {
    return this.#database
      .statement('SELECT * FROM scheduler_schedules WHERE due_ms <= ? ORDER BY due_ms LIMIT ?')
      .all(nowMs, limit)
      .map((row) => rowSchema.parse(row));
  }
}
