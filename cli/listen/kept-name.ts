import { usageFailure } from '../failure.ts';
import { MAX_NAME_LENGTH, parseName } from '../resolve.ts';

/**
 * The name of a destination that is kept, trimmed as Hawser stores it, so that it is found again.
 * @throws Failure when Hawser would not accept the name
 */
export function parseKeptName(given: string): string {
  const name = parseName('destination', given);
  if (name.length <= MAX_NAME_LENGTH) return name;
  throw usageFailure(`--name has more than ${MAX_NAME_LENGTH} characters`);
}
