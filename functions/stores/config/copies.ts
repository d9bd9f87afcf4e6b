import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { idSchema } from '../../../core/id-schema.ts';
import type { EventId } from '../../../core/ids.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable } from './config-table.ts';
import { copyKey } from './keys.ts';

const claimed = z.object({ event_id: z.object({ S: idSchema('evt') }) });

/** Under which event id copies of a webhook are stored, for the window of its source. Rows are in no list. */
export class CopyStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /**
   * One write, with nothing read before: most webhooks are no copies. DynamoDB deletes expired rows days late, so it checks
   * the time.
   * @param digest of what the copies have in common
   * @param proposed the id of whoever comes first
   * @returns the id that all copies have
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
