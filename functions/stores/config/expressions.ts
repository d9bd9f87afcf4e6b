import type { Row } from './config-table.ts';

/** The parts of an update that sets and removes whole attributes. Names are aliased: many of ours are reserved words. */
export function changeExpression(set: Readonly<Record<string, unknown>>, remove: readonly string[] = []) {
  const changed = Object.entries(set).filter(([, value]) => value !== undefined);
  const assignments = changed.map(([name]) => `#${name} = :${name}`).join(', ');
  const removals = remove.map((name) => `#${name}`).join(', ');
  return {
    UpdateExpression: `SET ${assignments}${removals && ` REMOVE ${removals}`}`,
    ExpressionAttributeNames: Object.fromEntries(
      [...changed.map(([name]) => name), ...remove].map((n) => [`#${n}`, n]),
    ),
    ExpressionAttributeValues: Object.fromEntries(changed.map(([name, value]) => [`:${name}`, value])),
  };
}

/**
 * Rows that have a text anywhere in one of these attributes, in any case. Here and not by DynamoDB, whose `contains` knows no
 * case, and whose price is the same: it is for what is read, not for what is found.
 */
export function textFilter(search: string, attributes: readonly string[]): (row: Row) => boolean {
  const wanted = foldCase(search);
  return (row) => attributes.some((name) => foldCase(String(row[name] ?? '')).includes(wanted));
}

function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** The row exists, belongs to the organization `:org` and is not deleted. */
export const IS_LIVE = 'organization_id = :org AND attribute_not_exists(deleted_at)';
