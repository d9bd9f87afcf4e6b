import { usageFailure } from '../failure.ts';
import { givenName, MAX_NAME_LENGTH } from '../resolve.ts';

/**
 * The name of a destination that is kept, as Hawser has it and it is found by: without the blanks at its ends.
 * @throws Failure when it is none that Hawser takes
 */
export function keptName(given: string): string {
  const name = givenName('destination', given);
  if (name.length <= MAX_NAME_LENGTH) return name;
  throw usageFailure(`--name has more than ${MAX_NAME_LENGTH} characters`);
}
