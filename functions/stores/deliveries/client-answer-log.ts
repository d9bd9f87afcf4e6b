import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ClientAnswer } from '../../../core/clients/client-answer.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { encodeClientAnswer } from './attempt-codec.ts';
import { clientAnswerRowId, deliveryKey, expiry } from './delivery-row.ts';

export interface ClientAnswerLogOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly retentionDays: number;
}

/** Records what the programs behind clients have answered. */
export class ClientAnswerLog {
  readonly #options: ClientAnswerLogOptions;

  constructor(options: ClientAnswerLogOptions) {
    this.#options = options;
  }

  /**
   * In a row of its own: a program on the client's machine often answers before the attempt is logged, which would
   * overwrite the answer. If several clients answer, the last answer stays; an attempt that waits for one may have seen
   * another by then.
   * @param destinationId of the client; for a delivery to another destination the row is never shown
   */
  async record(destinationId: DestinationId, answer: ClientAnswer): Promise<void> {
    const { dynamodb, table, retentionDays } = this.#options;
    await dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          ...deliveryKey(destinationId, clientAnswerRowId(answer.deliveryId, answer.attempt)),
          client_answer: { B: encodeClientAnswer(answer) },
          ...expiry(answer.answeredAtMs, retentionDays),
        },
      }),
    );
  }
}
