import * as z from 'zod';
import { type Id, isId } from './ids.ts';

/** Parses an id of one kind; the problem names the prefix that was expected. */
export function idSchema<Prefix extends string>(prefix: Prefix): z.ZodType<Id<Prefix>, Id<Prefix>> {
  return z.custom<Id<Prefix>>((value) => typeof value === 'string' && isId(prefix, value), {
    error: `must be an id that starts with ${prefix}_, followed by 32 hex characters`,
  });
}
