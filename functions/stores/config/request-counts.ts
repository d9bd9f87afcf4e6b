import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { OrganizationId } from '../../../core/ids.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable } from './config-table.ts';
import { requestCountKey } from './keys.ts';

const countRow = z.object({ taken: z.number() });

/** Counts the requests that an organization is granted per minute, over all instances of the function. */
export class RequestCounts {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /**
   * Takes requests from the limit of a minute: one write unit.
   * @param minute since the epoch
   * @returns how many of the wanted requests are granted; 0 when the limit is reached
   */
  async take(organizationId: OrganizationId, minute: number, wanted: number, limit: number): Promise<number> {
    const { UpdateExpression, ...names } = changeExpression({ expires_at: (minute + 2) * 60 });
    try {
      const row = await this.#table.update({
        Key: requestCountKey(organizationId, minute),
        UpdateExpression: `${UpdateExpression} ADD taken :wanted`,
        ExpressionAttributeNames: names.ExpressionAttributeNames,
        ExpressionAttributeValues: { ...names.ExpressionAttributeValues, ':wanted': wanted, ':limit': limit },
        ConditionExpression: 'attribute_not_exists(taken) OR taken < :limit',
      });
      return wanted - Math.max(0, countRow.parse(row).taken - limit);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 0;
      throw error;
    }
  }
}
