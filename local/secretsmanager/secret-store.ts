import type { Database } from '../database.ts';
import type { SecretValue } from './secret-value.ts';

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdMs: number;
  /** The last value from the template, if it has one. */
  readonly declaredValue: string | undefined;
}

/** A stored value with its label, which follows from its place in the order. */
export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  readonly createdMs: number;
  readonly stages: readonly Stage[];
}

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

const STAGES: readonly Stage[] = ['AWSCURRENT', 'AWSPREVIOUS'];

/** A secret has at most about 100 versions: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_VERSIONS = 100;

type Row = Record<string, unknown>;

/**
 * Secrets and their versions. A new value always becomes AWSCURRENT and the one before it AWSPREVIOUS. So the labels follow from
 * the order and are not stored, and a new value is one INSERT, which can't be left half done.
 */
export class SecretStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(`
      CREATE TABLE IF NOT EXISTS secretsmanager_secrets (
        arn TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL, declared_value TEXT
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS secretsmanager_versions (
        n INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL, id TEXT NOT NULL, value NOT NULL, created_ms INTEGER NOT NULL,
        UNIQUE (arn, id)
      );
    `);
  }

  /** By name, by ARN, or by ARN without the six random characters at its end. */
  find(secretId: string): Secret | undefined {
    const row = this.#database
      .statement(
        `SELECT * FROM secretsmanager_secrets WHERE name = ?1 OR arn = ?1 OR substr(arn, 1, length(arn) - 7) = ?1`,
      )
      .get(secretId);
    return row && secretOf(row);
  }

  /** In the order of their names, after `name`. */
  list(name: string, limit: number): Secret[] {
    return this.#database
      .statement('SELECT * FROM secretsmanager_secrets WHERE name > ? ORDER BY name LIMIT ?')
      .all(name, limit)
      .map(secretOf);
  }

  add(secret: Secret): void {
    this.#database
      .statement('INSERT INTO secretsmanager_secrets VALUES (?, ?, ?, ?)')
      .run(secret.arn, secret.name, secret.createdMs, secret.declaredValue ?? null);
  }

  declare(arn: string, value: string): void {
    this.#database.statement('UPDATE secretsmanager_secrets SET declared_value = ? WHERE arn = ?').run(value, arn);
  }

  /** Newest first. */
  versions(arn: string): SecretVersion[] {
    return this.#database
      .statement('SELECT * FROM secretsmanager_versions WHERE arn = ? ORDER BY n DESC')
      .all(arn)
      .map((row, age) => versionOf(row, STAGES[age]));
  }

  addVersion(arn: string, id: string, value: SecretValue, nowMs: number): void {
    const stored = value.kind === 'string' ? value.text : value.bytes;
    this.#database
      .statement('INSERT INTO secretsmanager_versions (arn, id, value, created_ms) VALUES (?, ?, ?, ?)')
      .run(arn, id, stored, nowMs);
    this.#database
      .statement(
        `DELETE FROM secretsmanager_versions WHERE arn = ?1 AND n <=
          (SELECT n FROM secretsmanager_versions WHERE arn = ?1 ORDER BY n DESC LIMIT 1 OFFSET ${MAX_VERSIONS})`,
      )
      .run(arn);
  }
}

function secretOf(row: Row): Secret {
  return {
    arn: String(row.arn),
    name: String(row.name),
    createdMs: Number(row.created_ms),
    declaredValue: row.declared_value === null ? undefined : String(row.declared_value),
  };
}

function versionOf(row: Row, stage: Stage | undefined): SecretVersion {
  const { value } = row;
  return {
    id: String(row.id),
    value: value instanceof Uint8Array ? { kind: 'binary', bytes: value } : { kind: 'string', text: String(value) },
    createdMs: Number(row.created_ms),
    stages: stage ? [stage] : [],
  };
}
