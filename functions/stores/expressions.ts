/**
 * The parts of an update that sets and removes whole attributes; `undefined` ones stay. Names are aliased, as many of
 * ours are reserved words.
 * @param set values in the notation of the client that will send them
 */
export function changeExpression<Value>(
  set: Readonly<Record<string, Value | undefined>>,
  remove: readonly string[] = [],
) {
  const changed = Object.entries(set).flatMap(([name, value]): [string, Value][] =>
    value === undefined ? [] : [[name, value]],
  );
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
