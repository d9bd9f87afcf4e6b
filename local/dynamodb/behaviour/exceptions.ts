/**
 * Rules that other implementations are known to break. For each implementation there are reasons, each with the names of its
 * rules. The embedded service has none. Select a list with `HAWSER_BEHAVIOUR_DYNAMODB_NAME` in addition to
 * `HAWSER_BEHAVIOUR_DYNAMODB_ENDPOINT`.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'dynamodb-local-3.1.0': {
    'it refuses the same requests, but in other words than those recorded from AWS': [
      'is refused as a whole where one item is wrong',
      'for a table that does not exist is refused',
      'that does not exist is not found',
      'must be that of the table',
      'is part of the item',
      'has at most 2048 and 1024 bytes',
      'has no duplicate strings in a set, and no text for a number',
      'names the valid types of attribute_type',
      'returns only old values of a put or a delete',
      'can not be read consistently',
      'names the element of the key that it misses',
      'must be complete and fit the key',
      'must lie within the query',
    ],
    'it names the indexes in another order': ['is never empty'],
    'it lets an update give the key of an index a wrong type': ['where the key of an index gets the wrong type'],
    'it ignores an unknown value of ReturnConsumedCapacity': ['with a value outside of its enumeration is refused'],
    'it returns the whole attribute where AWS returns the updated part of the document': [
      'returns of a document only what it touched',
    ],
    'it counts nothing for items that a batch does not find, and less for condition checks': [
      'costs what its parts cost, by table',
      'costs for a check as for a write',
    ],
    'it has the legacy parameters': ['with a parameter that is not honoured answers 501'],
  },
};

/** The names of the rules to skip. */
export function exceptionsOf(implementation: string | undefined): ReadonlySet<string> {
  return new Set(Object.values(EXCEPTIONS[implementation ?? ''] ?? {}).flat());
}
