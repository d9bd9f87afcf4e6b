import * as z from 'zod';
import type { Session } from '../../../core/access/session.ts';
import type { SecretDigest } from '../../../core/secrets/secret-text.ts';
import { storedDigest } from './api-keys.ts';
import type { ConfigTable } from './config-table.ts';
import { sessionKey } from './keys.ts';

const sessionRow = z
  .object({
    digest: storedDigest,
    opener: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('root'), proof: z.string() }),
      z.object({ kind: z.literal('api_key'), digest: storedDigest }),
    ]),
    created_at: z.string(),
    valid_until: z.string(),
  })
  .transform(
    (row): Session => ({
      digest: row.digest,
      opener: row.opener,
      createdAt: row.created_at,
      expiresAt: row.valid_until,
    }),
  );

/**
 * Sessions are in no list, and so have no `id`. DynamoDB deletes expired ones days late, so readers have to check the
 * time.
 */
export class SessionStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  create(session: Session): Promise<void> {
    const { digest, opener, createdAt, expiresAt } = session;
    return this.#table.transact([
      {
        put: {
          Item: {
            ...sessionKey(digest),
            digest,
            opener,
            created_at: createdAt,
            valid_until: expiresAt,
            expires_at: Math.ceil(Date.parse(expiresAt) / 1000),
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
        refused: () => new Error('the token of a new session is in use'),
      },
    ]);
  }

  /** Consistent: a session that was ended is not found. An expired one may be. */
  async get(digest: SecretDigest): Promise<Session | undefined> {
    const row = await this.#table.get(sessionKey(digest));
    return row && sessionRow.parse(row);
  }

  /** Ending a session twice does no harm. */
  delete(digest: SecretDigest): Promise<void> {
    const refused = () => new Error('a deletion without a condition was refused');
    return this.#table.transact([{ delete: { Key: sessionKey(digest) }, refused }]);
  }
}
