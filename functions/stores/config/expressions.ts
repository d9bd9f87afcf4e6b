import type { Row } from './config-table.ts';

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
