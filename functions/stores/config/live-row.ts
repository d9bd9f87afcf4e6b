import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { OrganizationId } from '../../../core/ids.ts';
import { retryingConflicts } from '../conflicts.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable, Row, RowKey } from './config-table.ts';
import { IS_LIVE } from './expressions.ts';

/** A further condition on a row, in DynamoDB's own notation. */
export interface RowCondition {
  readonly expression: string;
  readonly values: Row;
}

/**
 * Sets attributes of a row that exists, belongs to the organization and is not deleted; `undefined` ones stay.
 * @returns the row after the update; `undefined` if there is no such row, or it does not meet the condition
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
 * The condition that this very call has written the row before, shown by an id that it sets. If a response is lost, the
 * SDK sends the call again, and would take its own write for another's; then nobody would do what has to follow.
 */
export function writtenByThisCall(attribute: 'advanced_by' | 'ended_by' | 'disabled_by'): string {
  return `#${attribute} = :${attribute}`;
}
