import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { TRANSACTION_TOKEN_MS } from '../limits.ts';
import { textOf } from '../sqlite-row.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS dynamodb_transaction_tokens (
    token TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS dynamodb_transaction_tokens_by_expiry ON dynamodb_transaction_tokens (expires_ms);`;

/** The `ClientRequestToken`s of the last ten minutes, each with a digest of what it committed. */
export class TransactionTokens {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    database.define(SCHEMA);
  }

  /**
   * Whether this request was committed before and so must not be committed again.
   * @throws IdempotentParameterMismatchException if the token belongs to another request.
   */
  wasCommitted(token: string, actions: unknown): boolean {
    const row = this.#database
      .statement('SELECT digest FROM dynamodb_transaction_tokens WHERE token = ? AND expires_ms > ?')
      .get(token, this.#clock.nowMs());
    if (!row) return false;
    if (textOf(row, 'digest') === digestOf(actions)) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'Request parameters do not match with the parameters of previous request with the same ClientRequestToken',
    );
  }

  /** Runs inside `database.write`, together with the request's changes. */
  remember(token: string, actions: unknown): void {
    this.#database
      .statement('INSERT OR REPLACE INTO dynamodb_transaction_tokens (token, digest, expires_ms) VALUES (?, ?, ?)')
      .run(token, digestOf(actions), this.#clock.nowMs() + TRANSACTION_TOKEN_MS);
  }

  /** Runs inside `database.write`. */
  forgetExpired(): void {
    this.#database.statement('DELETE FROM dynamodb_transaction_tokens WHERE expires_ms <= ?').run(this.#clock.nowMs());
  }
}

function digestOf(actions: unknown): string {
  return createHash('sha256').update(JSON.stringify(actions)).digest('base64');
}
