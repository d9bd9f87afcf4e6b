/**
 * Rules that other implementations are known to break. For each implementation there are reasons, each with the names of its
 * rules. The embedded service has none. Select a list with `HAWSER_BEHAVIOUR_DYNAMODB_NAME` in addition to
 * `HAWSER_BEHAVIOUR_DYNAMODB_ENDPOINT`.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'dynamodb-local-3.1.0': {
    'it refuses the same requests, but in other words than those recorded from AWS': [
      'a batch with one invalid item is refused as a whole',
      'a request for a table that does not exist is refused',
      'describing a table that does not exist fails with ResourceNotFoundException',
      'a key that does not match the table is refused',
      'an item without its key is refused',
      'a partition key has at most 2048 bytes, a sort key 1024',
      'duplicate strings in a set and numbers that are not numeric are refused',
      'the refusal of an unknown attribute_type names the valid types',
      'a put or delete can return only old values',
      'an index cannot be read consistently',
      'the refusal of an incomplete key condition names the missing key element',
      'a start key must be complete and match the key schema',
      'a start key must lie within the query',
    ],
    'it names the indexes in another order': ['an empty key is refused'],
    'it lets an update give the key of an index a wrong type': [
      'an update that gives an index key the wrong type is refused',
    ],
    'it ignores an unknown value of ReturnConsumedCapacity': ['a value outside of its enumeration is refused'],
    'it returns the whole attribute where AWS returns the updated part of the document': [
      'an update returns only the parts of a document that it touched',
    ],
    'it counts nothing for items that a batch does not find, and less for condition checks': [
      'a batch costs what its parts cost, by table',
      'a condition check costs as much as a write',
    ],
    'it has the legacy parameters': ['a parameter that is not honoured is refused with 501'],
  },
};

/** The names of the rules to skip. */
export function exceptionsOf(implementation: string | undefined): ReadonlySet<string> {
  return new Set(Object.values(EXCEPTIONS[implementation ?? ''] ?? {}).flat());
}
