/**
 * Whether a text is anywhere in others, in any case. Here and not by DynamoDB, whose `contains` knows no case, and whose price is
 * the same: it is for what is read, not for what is found.
 */
export function textSearch(search: string): (...texts: unknown[]) => boolean {
  const wanted = foldCase(search);
  return (...texts) => texts.some((text) => typeof text === 'string' && foldCase(text).includes(wanted));
}

function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** The row exists, belongs to the organization `:org` and is not deleted. */
export const IS_LIVE = 'organization_id = :org AND attribute_not_exists(deleted_at)';
