import { usageFailure } from '../failure.ts';
import { givenName, MAX_NAME_LENGTH } from '../resolve.ts';

/**
 * The name of a destination that is kept, trimmed as Hawser stores it, so that it is found again.
 * @throws Failure when Hawser would not accept the name
 */
export function keptName(given: string): string {
  const name = givenName('destination', given);
  if (name.length <= MAX_NAME_LENGTH) return name;
  throw usageFailure(`--name has more than ${MAX_NAME_LENGTH} characters`);
}
