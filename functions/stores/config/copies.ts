import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import type { EventId } from '../../../core/ids.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable } from './config-table.ts';
import { copyKey } from './keys.ts';

const claimed = z.object({ event_id: z.object({ S: idSchema('evt') }) });

/**
 * Records under which event id the copies of a webhook are stored, for the window of its source. Its rows are in no
 * list.
 */
export class CopyStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /**
   * One write, without a read before it, as most webhooks are no copies. It checks the time, because DynamoDB deletes
   * expired rows days late.
   * @param digest of what the copies have in common
   * @param proposed becomes the id if this is the first copy
   * @returns the id of all copies
   */
  async eventIdOf(digest: string, proposed: EventId, now: Date, windowSeconds: number): Promise<EventId> {
    const validUntilMs = now.getTime() + windowSeconds * 1000;
    const expression = changeExpression({
      event_id: proposed,
      valid_until: new Date(validUntilMs).toISOString(),
      expires_at: Math.ceil(validUntilMs / 1000),
    });
    try {
      await this.#table.update({
        Key: copyKey(digest),
        ...expression,
        ConditionExpression: 'attribute_not_exists(pk) OR valid_until <= :now',
        ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':now': now.toISOString() },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      return proposed;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return claimed.parse(error.Item).event_id.S;
    }
  }
}
