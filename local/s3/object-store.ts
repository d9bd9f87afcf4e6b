import type { Database } from '../database.ts';
import { type Checksum, isAlgorithm } from './checksums.ts';

/** An object without its bytes. */
export interface ObjectHead {
  readonly key: string;
  readonly size: number;
  /** MD5 in hexadecimal, without quotes. */
  readonly md5: string;
  readonly modifiedMs: number;
  readonly checksum: Checksum | undefined;
  /** Response headers stored with the object: content type and the like, `x-amz-meta-*`. */
  readonly headers: Readonly<Record<string, string>>;
}

type Row = Record<string, unknown>;

/**
 * Buckets and objects in the shared database.
 *
 * The bytes are in SQLite rather than in files of their own. Object and description are then one transaction, which takes part in
 * the group commit that makes every other service durable, and no half-written or orphaned file can be left behind. They have a
 * table of their own, so that listing reads no bytes. With bodies of up to 10 MB this costs nothing:
 * https://sqlite.org/intern-v-extern-blob.html
 */
export class ObjectStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS s3_buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS s3_objects (
        bucket TEXT NOT NULL, key TEXT NOT NULL, content INTEGER NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL,
        modified_ms INTEGER NOT NULL, checksum_algorithm TEXT, checksum TEXT, headers TEXT NOT NULL,
        PRIMARY KEY (bucket, key)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS s3_contents (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    `);
  }

  /** A transaction of its own, done at once, because buckets are created at start and by hand. */
  ensureBucket(name: string, nowMs: number): void {
    this.#database
      .statement('INSERT INTO s3_buckets (name, created_ms) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(name, nowMs);
  }

  hasBucket(name: string): boolean {
    return this.#database.statement('SELECT 1 FROM s3_buckets WHERE name = ?').get(name) !== undefined;
  }

  buckets(): { name: string; createdMs: number }[] {
    return this.#database
      .statement('SELECT name, created_ms FROM s3_buckets ORDER BY name')
      .all()
      .map((row: Row) => ({ name: String(row.name), createdMs: Number(row.created_ms) }));
  }

  head(bucket: string, key: string): ObjectHead | undefined {
    const row = this.#database.statement('SELECT * FROM s3_objects WHERE bucket = ? AND key = ?').get(bucket, key);
    return row && headOf(row);
  }

  /** `length` bytes from `start`, or all of them. */
  bytes(bucket: string, key: string, range?: { start: number; length: number }): Uint8Array {
    const content = '(SELECT content FROM s3_objects WHERE bucket = ? AND key = ?)';
    const row = range
      ? this.#database
          .statement(`SELECT substr(bytes, ?, ?) AS bytes FROM s3_contents WHERE id = ${content}`)
          .get(range.start + 1, range.length, bucket, key)
      : this.#database.statement(`SELECT bytes FROM s3_contents WHERE id = ${content}`).get(bucket, key);
    return row?.bytes instanceof Uint8Array ? row.bytes : new Uint8Array(0);
  }

  /** To be called within `Database.write`. */
  put(bucket: string, head: ObjectHead, bytes: Uint8Array): void {
    this.delete(bucket, head.key);
    const { lastInsertRowid } = this.#database.statement('INSERT INTO s3_contents (bytes) VALUES (?)').run(bytes);
    this.#database
      .statement('INSERT INTO s3_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        bucket,
        head.key,
        lastInsertRowid,
        head.size,
        head.md5,
        head.modifiedMs,
        head.checksum?.algorithm ?? null,
        head.checksum?.value ?? null,
        JSON.stringify(head.headers),
      );
  }

  /** To be called within `Database.write`. */
  delete(bucket: string, key: string): void {
    const row = this.#database
      .statement('DELETE FROM s3_objects WHERE bucket = ? AND key = ? RETURNING content')
      .get(bucket, key);
    if (row) this.#database.statement('DELETE FROM s3_contents WHERE id = ?').run(Number(row.content));
  }

  /** Objects whose key starts with `prefix` and comes after `after`, in the order of their keys' UTF-8 bytes. */
  *list(bucket: string, prefix: string, after: string): Generator<ObjectHead> {
    const rows = this.#database
      .statement('SELECT * FROM s3_objects WHERE bucket = ? AND key >= ? AND key > ? ORDER BY key')
      .iterate(bucket, prefix, after);
    for (const row of rows) {
      const head = headOf(row);
      if (!head.key.startsWith(prefix)) return;
      yield head;
    }
  }
}

function headOf(row: Row): ObjectHead {
  const algorithm = String(row.checksum_algorithm);
  return {
    key: String(row.key),
    size: Number(row.size),
    md5: String(row.md5),
    modifiedMs: Number(row.modified_ms),
    checksum: isAlgorithm(algorithm) ? { algorithm, value: String(row.checksum) } : undefined,
    headers: JSON.parse(String(row.headers)),
  };
}
