/**
 * Rules that another implementation is known to break, by the rule's name, with the reason. The embedded service has none.
 * Select a list with `HAWSER_BEHAVIOUR_SQS_NAME` beside `HAWSER_BEHAVIOUR_SQS_ENDPOINT`.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {};

export function exceptionsOf(implementation: string | undefined): Readonly<Record<string, string>> {
  return EXCEPTIONS[implementation ?? ''] ?? {};
}
