import { randomUUID } from 'node:crypto';
import {
  type DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Attempt } from '../../../core/deliveries/attempt.ts';
import type { DeliveryJob } from '../../../core/deliveries/delivery.ts';
import type { Row } from '../dynamodb-batch.ts';
import { changeExpression } from '../expressions.ts';
import { encodeAttempt } from './attempt-codec.ts';
import { type RowCondition, withCondition } from './delivery-conditions.ts';
import { attemptRowId, deliveryKey, stateUpdate } from './delivery-row.ts';
import { unlessOvertaken } from './unless-overtaken.ts';

/** Writes rows of deliveries, each under a condition on the row at that time. All methods return whether their write stands. */
export class ConditionalRows {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;

  constructor({ dynamodb, table }: { readonly dynamodb: DynamoDBClient; readonly table: string }) {
    this.#dynamodb = dynamodb;
    this.#table = table;
  }

  put({ destinationId, deliveryId }: DeliveryJob, attributes: Row, condition: RowCondition): Promise<boolean> {
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: { ...deliveryKey(destinationId, deliveryId), ...attributes },
      ...condition,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return unlessOvertaken(
      () => this.#dynamodb.send(command),
      (found) => isSameRecord(found, attributes),
    );
  }

  /** Sets these attributes, and leaves the state as it is. */
  async change({ destinationId, deliveryId }: DeliveryJob, attributes: Row, condition: RowCondition): Promise<boolean> {
    const command = new UpdateItemCommand({
      TableName: this.#table,
      Key: deliveryKey(destinationId, deliveryId),
      ...withCondition(changeExpression(attributes), condition),
    });
    return unlessOvertaken(() => this.#dynamodb.send(command));
  }

  /** @param isOwn whether a row that fails the condition is the result of this very write, whose response was lost */
  update(
    { destinationId, deliveryId }: DeliveryJob,
    attributes: Row,
    condition: RowCondition,
    isOwn?: (found: Row) => boolean,
  ): Promise<boolean> {
    const command = new UpdateItemCommand({
      TableName: this.#table,
      Key: deliveryKey(destinationId, deliveryId),
      ...withCondition(stateUpdate(attributes), condition),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return unlessOvertaken(() => this.#dynamodb.send(command), isOwn);
  }

  /** Two rows in one transaction, 4 write units: for the few deliveries in a hundred that need a second attempt. */
  updateWithAttempt(
    { destinationId, deliveryId, attempt: number }: DeliveryJob,
    update: ReturnType<typeof stateUpdate>,
    attempt: Attempt,
    condition: RowCondition,
    expiry: Row,
  ): Promise<boolean> {
    const item: Row = {
      ...deliveryKey(destinationId, attemptRowId(deliveryId, number)),
      attempt: { B: encodeAttempt(attempt) },
      ...expiry,
    };
    const command = new TransactWriteItemsCommand({
      // The same for all tries, so that DynamoDB recognizes one whose response was lost.
      ClientRequestToken: randomUUID(),
      TransactItems: [
        {
          Update: {
            TableName: this.#table,
            Key: deliveryKey(destinationId, deliveryId),
            ...withCondition(update, condition),
          },
        },
        { Put: { TableName: this.#table, Item: item } },
      ],
    });
    return unlessOvertaken(() => this.#dynamodb.send(command));
  }
}

function isSameRecord(one: Row, other: Row): boolean {
  const attemptOf = (row: Row) => row.attempt?.B ?? new Uint8Array();
  return one.status?.S === other.status?.S && Buffer.compare(attemptOf(one), attemptOf(other)) === 0;
}
