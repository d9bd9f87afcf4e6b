import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { OrganizationId } from '../../../core/ids.ts';
import { retryingConflicts } from '../conflicts.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable, Row, RowKey } from './config-table.ts';
import { IS_LIVE } from './expressions.ts';

/** What else must be true of a row, in DynamoDB's own notation. */
export interface RowCondition {
  readonly expression: string;
  readonly values: Row;
}

/**
 * Sets attributes of a row that is there, belongs to the organization and is not deleted; those that are `undefined` stay.
 * @returns the row as it is then; `undefined` when it is not such a row, or does not meet the condition
 */
export async function updateLive(
  table: ConfigTable,
  key: RowKey,
  organizationId: OrganizationId,
  attributes: Row,
  condition?: RowCondition,
): Promise<Row | undefined> {
  const expression = changeExpression(attributes);
  try {
    return await retryingConflicts(() =>
      table.update({
        Key: key,
        ...expression,
        ConditionExpression: condition ? `${IS_LIVE} AND ${condition.expression}` : IS_LIVE,
        ExpressionAttributeValues: {
          ...expression.ExpressionAttributeValues,
          ...condition?.values,
          ':org': organizationId,
        },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/**
 * Whether the call itself has written the row before, by an id of its own that it sets: where its answer got lost, the SDK sends it
 * once more, and would find its own work to be another's. Nobody would do then what follows from it.
 */
export function oneself(attribute: 'advanced_by' | 'ended_by' | 'disabled_by'): string {
  return `#${attribute} = :${attribute}`;
}
