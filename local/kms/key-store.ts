import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../database.ts';

/** A symmetric key. Its material never leaves the simulator. */
export interface Key {
  /** A UUID. */
  readonly id: string;
  /** 32 bytes. */
  readonly material: Uint8Array;
  readonly createdMs: number;
}

type Row = Record<string, unknown>;

/** Keys and aliases. Both are created at start and never change, so they are read only once and each is written at once. */
export class KeyStore {
  readonly #database: Database;
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, string>();

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS kms_keys (
        id TEXT PRIMARY KEY, logical_name TEXT NOT NULL UNIQUE, material BLOB NOT NULL, created_ms INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS kms_aliases (name TEXT PRIMARY KEY, key_id TEXT NOT NULL) WITHOUT ROWID;
    `);
    for (const row of database.statement('SELECT * FROM kms_keys').all()) this.#add(keyOf(row));
    for (const row of database.statement('SELECT * FROM kms_aliases').all()) {
      this.#aliases.set(String(row.name), String(row.key_id));
    }
  }

  byId(id: string): Key | undefined {
    return this.#keys.get(id);
  }

  /** @param name with its prefix, `alias/…` */
  byAlias(name: string): Key | undefined {
    const id = this.#aliases.get(name);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  /** The key of that name, created if there is none. */
  ensure(logicalName: string, nowMs: number): Key {
    this.#database
      .statement(
        'INSERT INTO kms_keys (id, logical_name, material, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(randomUUID(), logicalName, randomBytes(32), nowMs);
    const row = this.#database.statement('SELECT * FROM kms_keys WHERE logical_name = ?').get(logicalName);
    if (!row) throw new Error(`the key ${logicalName} was inserted but is not found`);
    const key = keyOf(row);
    this.#add(key);
    return key;
  }

  /** Points an alias at a key, wherever it pointed before. */
  ensureAlias(name: string, keyId: string): void {
    this.#database
      .statement('INSERT INTO kms_aliases (name, key_id) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET key_id = ?2')
      .run(name, keyId);
    this.#aliases.set(name, keyId);
  }

  #add(key: Key): void {
    this.#keys.set(key.id, key);
  }
}

function keyOf(row: Row): Key {
  if (!(row.material instanceof Uint8Array)) throw new Error(`the key ${row.id} has no material`);
  return { id: String(row.id), material: row.material, createdMs: Number(row.created_ms) };
}
