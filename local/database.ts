import { chmodSync, closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { makePrivateFolder } from './private-folder.ts';
import { AwsError } from './wire/aws-error.ts';

interface PendingWrite {
  readonly run: () => void;
  readonly commit: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The one durable store of the embedded services: a SQLite file in WAL mode, written by group commit.
 *
 * Every service writes through `write`. What is queued in one turn of the event loop becomes one transaction, and each promise
 * settles only after COMMIT. So no response is sent before its effect would survive `kill -9`, and a burst of a hundred writes
 * costs one sync to disk, not a hundred.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #queue: PendingWrite[] = [];
  #closed = false;

  /** @param path a file, made with its folder when missing, or `:memory:` for tests. */
  constructor(path: string) {
    if (path !== ':memory:') restrictToOwner(path);
    this.#sqlite = new DatabaseSync(path);
    this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
  }

  /** Runs DDL at once, outside the group commit. For schema creation at start. */
  define(sql: string): void {
    this.#sqlite.exec(sql);
  }

  /** A prepared statement, cached by its text. Reads may run at any time; writes only inside `write`. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Queues `mutate` for the next group commit and resolves with its result once that is durable.
   *
   * `mutate` is synchronous. An `AwsError` may be thrown only *before* its first change (a failed condition, a limit):
   * it rejects this write alone. Any other error rolls the whole group back, since part of it may have been applied.
   */
  write<T>(mutate: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the local database is closed'));
    return new Promise<T>((resolve, reject) => {
      let result: T;
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({
        run: () => {
          result = mutate();
        },
        commit: () => resolve(result),
        fail: reject,
      });
    });
  }

  /** Commits queued writes and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#sqlite.close();
  }

  #flush(): void {
    const group = this.#queue;
    if (group.length === 0 || this.#closed) return;
    this.#queue = [];
    const applied: PendingWrite[] = [];
    const refused: [PendingWrite, AwsError][] = [];
    try {
      this.#sqlite.exec('BEGIN IMMEDIATE');
      for (const write of group) {
        try {
          write.run();
          applied.push(write);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          refused.push([write, error]);
        }
      }
      this.#sqlite.exec('COMMIT');
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
      for (const write of group) write.fail(error);
      return;
    }
    for (const [write, error] of refused) write.fail(error);
    for (const write of applied) write.commit();
  }
}

/** Keys and webhooks are for the owner only. SQLite gives the files beside the database (`-wal`, `-shm`) the same mode. */
function restrictToOwner(path: string): void {
  makePrivateFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}
