/**
 * Whether a text occurs anywhere in others, ignoring case. DynamoDB's `contains` can't ignore case, and would cost the
 * same: reads are billed by what is read, not by what is found.
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
