/**
 * Rules that another implementation is known to break: for each implementation, the reasons, and under each the names of the
 * rules. The embedded service has none. Select a list with `HAWSER_BEHAVIOUR_DYNAMODB_NAME` beside
 * `HAWSER_BEHAVIOUR_DYNAMODB_ENDPOINT`.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'dynamodb-local-3.1.0': {},
};

/** The names of the rules to skip. */
export function exceptionsOf(implementation: string | undefined): ReadonlySet<string> {
  return new Set(Object.values(EXCEPTIONS[implementation ?? ''] ?? {}).flat());
}
