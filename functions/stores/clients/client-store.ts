import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { allSettledOrThrow } from '../../../core/all-settled-or-throw.ts';
import { type Client, expiresAtSeconds } from '../../../core/clients/client.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { SecretDigest } from '../../../core/secrets/secret-text.ts';
import { batchPut, type Row } from '../dynamodb-batch.ts';
import { clientsTable } from '../tables.ts';

export interface ClientsTableOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
}

const { partitionKey, sortKey, timeToLive } = clientsTable;

/**
 * The connected clients. One consistent query lists those of a destination. A second row per client leads from its id
 * to its destination, because a disconnect names nothing but the id.
 */
export class ClientStore {
  readonly #options: ClientsTableOptions;

  constructor(options: ClientsTableOptions) {
    this.#options = options;
  }

  async add(client: Client): Promise<void> {
    const { dynamodb, table } = this.#options;
    const { destinationId, connectedAtMs, keyDigest } = client;
    const key = keyDigest === null ? {} : { key_digest: { S: keyDigest } };
    const expiry = { [timeToLive]: { N: String(expiresAtSeconds(client)) } };
    await batchPut(dynamodb, table, [
      {
        ...clientKey(client),
        connected_at: { N: String(connectedAtMs) },
        ...key,
        ...expiry,
      },
      { ...pointerKey(client.id), destination_id: { S: destinationId }, ...key, ...expiry },
    ]);
  }

  /** In no order. Leaves out clients that have surely gone: DynamoDB deletes expired rows days late. */
  async of(destinationId: DestinationId, nowMs: number, abortSignal?: AbortSignal): Promise<Client[]> {
    const { dynamodb, table } = this.#options;
    // Some hundred rows of 200 bytes: never more than a page of 1 MB.
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#of = :of',
        ExpressionAttributeNames: { '#of': partitionKey },
        ExpressionAttributeValues: { ':of': { S: destinationId } },
        ConsistentRead: true,
      }),
      { ...(abortSignal && { abortSignal }) },
    );
    return Items.map((row) => clientFrom(destinationId, row)).filter(
      (client) => expiresAtSeconds(client) * 1000 > nowMs,
    );
  }

  /** Which client has this id: its destination, and the key by which it connected. */
  async byId(id: string): Promise<Pick<Client, 'destinationId' | 'keyDigest'> | undefined> {
    const { dynamodb, table } = this.#options;
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: pointerKey(id), ConsistentRead: true }),
    );
    const destinationId = Item?.destination_id?.S as DestinationId | undefined;
    return Item && destinationId && { destinationId, keyDigest: keyDigestIn(Item) };
  }

  /** Removing a client twice does no harm. */
  async remove(client: Pick<Client, 'id' | 'destinationId'>): Promise<void> {
    await allSettledOrThrow([this.#delete(clientKey(client)), this.#delete(pointerKey(client.id))]);
  }

  async removeById(id: string): Promise<void> {
    const destinationId = (await this.#delete(pointerKey(id)))?.destination_id?.S;
    if (destinationId !== undefined) await this.#delete(keyOf(destinationId, id));
  }

  /** @returns the row that was there */
  async #delete(key: Row): Promise<Row | undefined> {
    const { dynamodb, table } = this.#options;
    const { Attributes } = await dynamodb.send(
      new DeleteItemCommand({ TableName: table, Key: key, ReturnValues: 'ALL_OLD' }),
    );
    return Attributes;
  }
}

function keyOf(of: string, id: string): Row {
  return { [partitionKey]: { S: of }, [sortKey]: { S: id } };
}

function clientKey({ destinationId, id }: Pick<Client, 'id' | 'destinationId'>): Row {
  return keyOf(destinationId, id);
}

function pointerKey(id: string): Row {
  return keyOf(`client#${id}`, 'client');
}

/** Only this file writes these rows. */
function clientFrom(destinationId: DestinationId, row: Row): Client {
  return {
    id: String(row[sortKey]?.S),
    destinationId,
    connectedAtMs: Number(row.connected_at?.N),
    keyDigest: keyDigestIn(row),
  };
}

function keyDigestIn(row: Row): SecretDigest | null {
  return row.key_digest?.S === undefined ? null : (row.key_digest.S as SecretDigest);
}
