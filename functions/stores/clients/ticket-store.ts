import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Ticket } from '../../../core/clients/ticket.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { SecretDigest } from '../../../core/secrets/secret-text.ts';
import type { Row } from '../dynamodb-batch.ts';
import { clientsTable, TICKET_PREFIX } from '../tables.ts';
import type { ClientsTableOptions } from './client-store.ts';

const { partitionKey, sortKey, timeToLive } = clientsTable;

/** Tickets that nobody has used yet, under their digests. */
export class TicketStore {
  readonly #options: ClientsTableOptions;

  constructor(options: ClientsTableOptions) {
    this.#options = options;
  }

  async create({ digest, destinationId, organizationId, keyDigest, expiresAt }: Ticket): Promise<void> {
    const { dynamodb, table } = this.#options;
    await dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          ...ticketKey(digest),
          destination_id: { S: destinationId },
          org_id: { S: organizationId },
          ...(keyDigest !== null && { key_digest: { S: keyDigest } }),
          valid_until: { S: expiresAt },
          [timeToLive]: { N: String(Math.ceil(Date.parse(expiresAt) / 1000)) },
        },
      }),
    );
  }

  /**
   * Finds and removes the ticket in one call: if two clients present the same ticket, one of them gets it. It may have
   * expired.
   */
  async take(digest: SecretDigest): Promise<Ticket | undefined> {
    const { dynamodb, table } = this.#options;
    const { Attributes } = await dynamodb.send(
      new DeleteItemCommand({ TableName: table, Key: ticketKey(digest), ReturnValues: 'ALL_OLD' }),
    );
    return Attributes && ticketFrom(digest, Attributes);
  }
}

function ticketKey(digest: SecretDigest): Row {
  return { [partitionKey]: { S: `${TICKET_PREFIX}${digest}` }, [sortKey]: { S: 'ticket' } };
}

/** Only this file writes these rows. */
function ticketFrom(digest: SecretDigest, row: Row): Ticket {
  return {
    digest,
    destinationId: idSchema('dst').parse(row.destination_id?.S),
    organizationId: idSchema('org').parse(row.org_id?.S),
    keyDigest: row.key_digest?.S === undefined ? null : (row.key_digest.S as SecretDigest),
    expiresAt: String(row.valid_until?.S),
  };
}
