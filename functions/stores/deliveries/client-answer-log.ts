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

/** Writes what programs behind clients have answered. */
export class ClientAnswerLog {
  readonly #options: ClientAnswerLogOptions;

  constructor(options: ClientAnswerLogOptions) {
    this.#options = options;
  }

  /**
   * A row of its own: a program on the client's machine often answers before the attempt is logged, and that would write over it.
   * Of several clients the last one stays; an attempt that waits for it has seen another one by then.
   * @param destinationId that of the client; a delivery to another one has its row elsewhere, and this is never shown
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
