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

/** The row exists, belongs to the organization `:org` and is not deleted. */
export const IS_LIVE = 'organization_id = :org AND attribute_not_exists(deleted_at)';
